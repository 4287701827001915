"""Listings: find, look, query, ask."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from polidat.api.bodies import Body
from polidat.api.deps import Look, MaybeCaller, Reader, TheHouse
from polidat.api.paging import ThePage
from polidat.assistant import ask_listing
from polidat.catalog import (
    Asking,
    Listing,
    Shipping,
    asking_of,
    browse_listings,
    licence_name,
    licence_of,
    listing_by_slug,
    plans_of,
    shipping_of,
    usage_prices,
)
from polidat.core import money_text
from polidat.lake import DatasetVersion, current_version
from polidat.query import query_listing

router = APIRouter(prefix="/v1/listings", tags=["listings"])
ARROW = "application/vnd.apache.arrow.stream"


class ListingOut(BaseModel):
    """A listing in a list."""

    slug: str
    title: str
    summary: str
    store: str
    price_minor: int | None
    currency: str
    price: str

    @classmethod
    def of(cls, listing: Listing) -> "ListingOut":
        """Return the listing as the API shows it."""
        return cls(
            slug=listing.slug,
            title=listing.title,
            summary=listing.summary,
            store=listing.store.slug,
            price_minor=listing.price_minor,
            currency=listing.currency,
            price="free" if listing.price_minor == 0 else money_text(listing.price) if listing.price else "",
        )


class LicenceOut(BaseModel):
    """The licence of a listing: send its `id` as `accept_licence` before you get the listing for the first time."""

    id: int
    number: int
    code: str
    name: str
    text: str


class AskingOut(BaseModel):
    """What a listing asks its buyers: send it as `attestation`. Empty lists are for any."""

    countries: list[str]
    purposes: list[str]
    by_seller: bool


class PlanOut(BaseModel):
    """A subscription the listing is sold by: its price in minor units each `interval`, after free days if any."""

    interval: str
    price_minor: int
    currency: str
    trial_days: int


class DeliveryWayOut(BaseModel):
    """A way a good is sent: send its `name` in `deliveries` to choose it. No countries are any, days working days."""

    name: str
    price_minor: int
    countries: list[str]
    days_from: int | None
    days_to: int | None


class ShippingOut(BaseModel):
    """A good that ships: in which ways, the first unless you choose, and whether data comes with it."""

    currency: str
    ways: list[DeliveryWayOut]
    with_data: bool


class TableOut(BaseModel):
    """One table: its SQL name, rows, and columns with their DuckDB types."""

    name: str
    rows: int
    columns: list[dict[str, str]]


class ListingDetail(ListingOut):
    """A listing with what is in it."""

    description: str
    licence: LicenceOut
    asks: AskingOut | None
    attribution: str
    tags: list[str]
    usage_prices_micros: dict[str, int]
    plans: list[PlanOut]
    shipping: ShippingOut | None
    version: int | None
    rejected_rows: int
    quality: dict[str, Any]
    tables: list[TableOut]


class Sql(Body):
    """One SELECT over the listing's tables."""

    sql: str = Field(max_length=100_000, examples=["SELECT pollster, count(*) FROM raw_polls_2023 GROUP BY ALL"])


class Question(Body):
    """A question in plain English."""

    question: str = Field(max_length=2000)


@router.get("")
def list_listings(
    session: Look,
    page: ThePage,
    q: Annotated[str, Query(max_length=200)] = "",
    store: str | None = None,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[ListingOut]:
    """Find published listings: best match first with `q`, else newest first. `offset` skips so many of the page."""
    found = browse_listings(session, words=q, store=store, limit=page.one_more, offset=offset, after=page.after)
    return [ListingOut.of(each) for each in page.cut(found, lambda each: each.slug)]


@router.get("/{slug}")
def show_listing(slug: str, session: Look, viewer: MaybeCaller) -> ListingDetail:
    """Show one listing: what it says, what is in it, and how good it is."""
    return detail_of(session, listing_by_slug(session, viewer, slug))


def detail_of(session: Session, listing: Listing) -> ListingDetail:
    """Return a listing as the API shows it whole."""
    version, licence = current_version(session, listing.dataset_id), licence_of(session, listing.id)
    return ListingDetail(
        **ListingOut.of(listing).model_dump(),
        description=listing.description,
        licence=LicenceOut(
            id=licence.id,
            number=licence.number,
            code=licence.code,
            name=licence_name(licence.code),
            text=licence.text,
        ),
        asks=_asks(asking_of(session, listing.id)),
        attribution=listing.attribution,
        tags=listing.tags,
        shipping=_ships(shipping_of(session, listing.id)),
        usage_prices_micros={str(kind): each for kind, each in usage_prices(session, listing.id).items()},
        plans=[PlanOut.model_validate(each, from_attributes=True) for each in plans_of(session, listing.id)],
        version=version.number if version else None,
        rejected_rows=version.rejected_rows if version else 0,
        quality={name: version.validation.get(name) for name in ("success", "checked", "failed")} if version else {},
        tables=_tables(version) if version else [],
    )


@router.post("/{slug}/query", responses={200: {"content": {ARROW: {}}}})
def run_query(slug: str, body: Sql, house: TheHouse, buyer: Reader, request: Request) -> Response:
    """Run one SELECT. JSON by default; an Arrow stream when `Accept` asks for it."""
    result = query_listing(
        house.database, house.query_pool, buyer, slug, body.sql, limits=house.query_limits, now=house.now()
    )
    if ARROW in request.headers.get("accept", ""):
        return Response(result.ipc, media_type=ARROW, headers={"X-Truncated": str(result.truncated).lower()})
    told = {
        "columns": [{"name": name, "type": kind} for name, kind in result.columns],
        "rows": result.to_rows(),
        "row_count": result.rows,
        "truncated": result.truncated,
        "elapsed_ms": round(result.elapsed_ms, 2),
        "scanned_bytes": result.scanned_bytes,
        "cost_micros": result.cost_micros,
    }
    return Response(json.dumps(told, default=str), media_type="application/json")


@router.post("/{slug}/ask")
def ask_question(slug: str, body: Question, house: TheHouse, buyer: Reader) -> dict[str, Any]:
    """Ask in plain English; the answer shows its SQL and its sources, or says that it cannot answer."""
    answer = ask_listing(house.database, house.query_pool, buyer, slug, body.question, now=house.now())
    return answer.as_json()


def _ships(ships: Shipping | None) -> ShippingOut | None:
    if ships is None:
        return None
    ways = [
        DeliveryWayOut(
            name=each.name,
            price_minor=each.price.minor,
            countries=list(each.countries),
            days_from=each.days[0] if each.days else None,
            days_to=each.days[1] if each.days else None,
        )
        for each in ships.ways
    ]
    return ShippingOut(currency=ships.currency, ways=ways, with_data=ships.with_data)


def _asks(asking: Asking | None) -> AskingOut | None:
    if asking is None:
        return None
    return AskingOut(countries=asking.countries, purposes=asking.purposes, by_seller=asking.by_seller)


def _tables(version: DatasetVersion) -> list[TableOut]:
    return [
        TableOut(
            name=each.name,
            rows=each.rows,
            columns=[{"name": column.name, "type": column.type} for column in each.columns],
        )
        for each in version.readable()
    ]

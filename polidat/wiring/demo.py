"""The demo marketplace: real sellers' work done by a script, on the real files in `data/samples/`."""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from polidat.catalog import (
    Delivery,
    Interval,
    Listing,
    ListingState,
    PlanOffer,
    Priced,
    ShippingOffer,
    Store,
    dataset_of,
    describe_listing,
    draft_listing,
    listings_of_seller,
    open_store,
    publish_listing,
    set_licence,
    set_plans,
    set_price,
    set_shipping,
    set_usage_prices,
    stores_of,
)
from polidat.core import Conflict, Money, NotFound, PoliDatError, parse_micros
from polidat.jobs import unheard
from polidat.lake import file_chunks, files_arriving, receive_upload
from polidat.payments import seller_account, start_onboarding, sync_account
from polidat.people import Person, become_seller, make_operator, person_by_email, register
from polidat.wiring.demo_parcel import has_parcel, send_parcel
from polidat.wiring.ingest import ingest_now

if TYPE_CHECKING:
    from polidat.wiring.house import House

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
_LOG = logging.getLogger("polidat.demo")
Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to sign in as in demo mode."""

    email: str
    name: str
    role: str


def demo_people() -> Sequence[DemoPerson]:
    """Return the people of the demo; empty where the samples are not installed."""
    return tuple(DemoPerson(**each) for each in _manifest().get("people", []))


def is_loaded(house: "House") -> bool:
    """Whether every demo listing is published, and every parcel ordered."""
    with house.reading() as session:
        published = {
            listing.title
            for person in demo_people()
            if person.role == "seller"
            for listing in _listings_of(session, person.email)
            if listing.state == ListingState.PUBLISHED
        }
        manifest = _manifest()
        if not {each["title"] for each in manifest.get("listings", [])} <= published:
            return False
        return all(
            has_parcel(session, person_by_email(session, each["buyer"]), each["listing"])
            for each in manifest.get("parcels", [])
        )


def load_demo(house: "House", say: Say) -> None:
    """Make the demo people, their stores and listings; what is there already is left as it is.

    `say` is told each step. Raises Conflict where the sandbox does not run: sellers must be able to take money.
    """
    if house.sandbox_url is None:
        raise Conflict("The demo sells with test money only. Unset STRIPE_API_KEY to load it.")
    with house.unit_of_work() as session:
        people = {each.email: _enter(session, each, house) for each in demo_people()}
    manifest = _manifest()
    for store in manifest["stores"]:
        seller = people[store["seller"]]
        with house.unit_of_work() as session:
            _store(session, seller, store, house)
        _onboard(house, seller)
        for each in manifest["listings"]:
            if each["store"] == store["slug"]:
                _list(house, seller, store["name"], each, say)
    for each in manifest.get("parcels", []):
        with house.reading() as session:
            (listing,) = (one for one in _listings_of(session, each["seller"]) if one.title == each["listing"])
        send_parcel(house, people[each["buyer"]], people[each["seller"]], listing, each)


def load_demo_beside(house: "House") -> None:
    """On the first start in demo mode, load the demo while the app already answers; what happens goes to the log."""
    wanted = house.settings.demo and house.settings.demo_data and house.sandbox_url is not None
    if not wanted or is_loaded(house):
        return

    def load() -> None:
        try:
            load_demo(house, _LOG.info)
            _LOG.info("The demo marketplace is loaded.")
        except PoliDatError as error:
            _LOG.error("The demo marketplace is not complete: %s The next start goes on with it.", error.says)

    threading.Thread(target=load, daemon=True, name="demo").start()


def _listings_of(session: Session, email: str) -> Sequence[Listing]:
    try:
        return listings_of_seller(session, person_by_email(session, email))
    except NotFound:
        return ()


def _manifest() -> dict[str, Any]:
    path = SAMPLES / "demo.json"
    return json.loads(path.read_text()) if path.exists() else {}


def _enter(session: Session, person: DemoPerson, house: "House") -> Person:
    entered = register(session, person.email, now=house.now(), name=person.name, is_demo=True)
    if person.role == "seller":
        become_seller(session, entered)
    if person.role == "operator":
        make_operator(session, entered)
    return entered


def _store(session: Session, seller: Person, store: dict[str, Any], house: "House") -> Store:
    for each in stores_of(session, seller):
        if each.name == store["name"]:
            return each
    return open_store(
        session,
        seller,
        store["name"],
        tagline=store.get("tagline", ""),
        description=store.get("description", ""),
        now=house.now(),
    )


def _onboard(house: "House", seller: Person) -> None:
    """What the seller would click through at Stripe; the sandbox approves at once."""
    with house.reading() as session:
        account = seller_account(session, seller)
    if account is not None and account.charges_enabled:
        return
    base = house.settings.base_url
    start_onboarding(
        house.database, house.gateway, seller, return_url=f"{base}/", refresh_url=f"{base}/", now=house.now()
    )
    with house.reading() as session:
        account = seller_account(session, seller)
    assert account is not None
    import httpx  # only the demo speaks with the sandbox by itself

    approve = f"{house.sandbox_url}/_sandbox/accounts/{account.stripe_id}/approve"
    httpx.post(approve, json={"bank": True}, timeout=20).raise_for_status()
    sync_account(house.database, house.gateway, seller, now=house.now())


def _list(house: "House", seller: Person, store_name: str, each: dict[str, Any], say: Say) -> None:
    with house.unit_of_work() as session:
        listing = _drafted(session, seller, store_name, each, house)
        if listing.state == ListingState.PUBLISHED:
            return
    say(f"Loading “{listing.title}” …")
    if each["files"]:
        _ingest(house, seller, listing, each)
    with house.unit_of_work() as session:
        set_price(session, seller, listing.id, Money(each["price_minor"], each["currency"]))
        if "ships" in each:
            set_shipping(session, seller, listing.id, _shipping(each), now=house.now())
        _offer_otherwise(session, seller, listing, each)
        publish_listing(session, seller, listing.id, now=house.now())


def _ingest(house: "House", seller: Person, listing: Listing, each: dict[str, Any]) -> None:
    with files_arriving(house.inbox, bytes_max=house.settings.upload_bytes_max) as arrival:
        for name in each["files"]:
            arrival.take(Path(name).name, file_chunks(SAMPLES / name))
    with house.unit_of_work() as session:
        dataset = dataset_of(session, listing)
        dataset.kind = each.get("kind", "")
        upload = receive_upload(session, dataset, seller, arrival, now=house.now(), queued=False)
    ingest_now(house, upload.public_id, unheard)


def _shipping(each: dict[str, Any]) -> ShippingOffer:
    """The ways a good of the demo is sent; there is no data with it."""
    ways = [
        Delivery(way["name"], Money(way["price_minor"], each["currency"]), way["countries"], tuple(way["days"]))
        for way in each["ships"]
    ]
    return ShippingOffer(ways, with_data=False)


def _offer_otherwise(session: Session, seller: Person, listing: Listing, each: dict[str, Any]) -> None:
    """By the use and by subscription, where the demo says so."""
    uses: dict[str, str] = each.get("uses", {})
    code: str = each["currency"]
    set_usage_prices(
        session, seller, listing.id, {Priced(kind): parse_micros(text, code) for kind, text in uses.items()}
    )
    plan: dict[str, Any] = each.get("plan", {})
    offers = {
        interval: PlanOffer(Money.parse(plan[interval], code), plan.get("trial_days", 0))
        for interval in Interval
        if interval in plan
    }
    set_plans(session, seller, listing.id, offers)


def _drafted(session: Session, seller: Person, store_name: str, each: dict[str, Any], house: "House") -> Listing:
    for known in listings_of_seller(session, seller):
        if known.title == each["title"]:
            return known
    store = next(store for store in stores_of(session, seller) if store.name == store_name)
    listing = draft_listing(session, seller, store, each["title"], now=house.now())
    licence: dict[str, str] = each["licence"]
    set_licence(session, seller, listing.id, licence["code"], licence.get("words", ""), now=house.now())
    return describe_listing(
        session,
        seller,
        listing.id,
        summary=each["summary"],
        description=each["description"],
        attribution=each.get("attribution", ""),
        category=each.get("category", ""),
        tags=each.get("tags", []),
    )

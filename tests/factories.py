"""Small real things for tests of the faces."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from polidat.catalog import (
    Agreed,
    CommissionKind,
    CommissionRule,
    Listing,
    RuleScope,
    Store,
    dataset_of,
    draft_listing,
    licences_to_accept,
    listings_by_id,
    open_store,
    publish_listing,
    set_price,
    stores_of,
)
from polidat.core import Money
from polidat.jobs import unheard
from polidat.lake import file_chunks, files_arriving, receive_upload
from polidat.orders import Order, cart_of, order_cart, place_order
from polidat.people import EVERYDAY_SCOPES, KeyScope, Person, make_api_key, open_session, register
from polidat.wiring import House, ingest_now

POLLS = """pollster,state,year,pct,polldate
Ann & Co,TX,2016,48.5,2016-10-01
Ann & Co,CA,2016,61.0,2016-10-02
Bob Polls,TX,2018,44.0,2018-10-03
Bob Polls,NY,2020,,2020-10-04
"""
SPEECH = (
    "My fellow citizens. We will bring broadband to every farm in the state. "
    "Our schools need teachers, and teachers need a raise. Roads and bridges come next.\n"
) * 3


def person(house: House, name: str) -> Person:
    """Return a person of this name."""
    with house.unit_of_work() as session:
        return register(session, f"{name}@example.org", now=house.now(), name=name.title())


def key_of(house: House, who: Person, *scopes: KeyScope) -> dict[str, str]:
    """Return the header of an API key of theirs: one for every day, or one that may only do this."""
    with house.unit_of_work() as session:
        made = make_api_key(session, who, "test", scopes=scopes or EVERYDAY_SCOPES, now=house.now())
    return {"Authorization": f"Bearer {made.secret}"}


def cookie_of(house: House, who: Person) -> str:
    """Return the token of a session of theirs."""
    with house.unit_of_work() as session:
        return open_session(session, who, now=house.now()).token


def take_share(session: Session, store: Store, bps: int) -> None:
    """The house takes this share of all the store sells, even one no operator may set."""
    session.add_all(
        CommissionRule(
            scope=RuleScope.STORE, store_id=store.id, kind=kind, bps=bps, valid_from=store.opened_at, version=1
        )
        for kind in CommissionKind
    )
    session.flush()


def agreeing(session: Session, buyer: Person, *listing_ids: int) -> Agreed:
    """What a buyer agrees to who accepts every licence they are shown."""
    asked = licences_to_accept(session, buyer, listings_by_id(session, listing_ids))
    return Agreed([each.id for each in asked])


def ordered(session: Session, buyer: Person, listing_ids: Sequence[int], **given: Any) -> Order:
    """`place_order` by somebody who accepts every licence."""
    return place_order(session, buyer, listing_ids, agreed=agreeing(session, buyer, *listing_ids), **given)


def ordered_cart(session: Session, buyer: Person, **given: Any) -> Order:
    """`order_cart` by somebody who accepts every licence."""
    ids = [each.listing.id for each in cart_of(session, buyer)]
    return order_cart(session, buyer, agreed=agreeing(session, buyer, *ids), **given)


def published(
    house: House, folder: Path, title: str, *, price_minor: int, name: str = "polls.csv", text: str = POLLS
) -> Listing:
    """Return a listing of a small file, published by a seller of this listing's own."""
    source = folder / name
    source.write_text(text)
    seller = person(house, f"seller-of-{title.lower().replace(' ', '-')}")
    with house.unit_of_work() as session:
        store = next(iter(stores_of(session, seller)), None) or open_store(
            session, seller, f"Store {title}", now=house.now()
        )
        listing = draft_listing(session, seller, store, title, now=house.now())
    with files_arriving(house.inbox, bytes_max=10**9) as arrival:
        arrival.take(name, file_chunks(source))
    with house.unit_of_work() as session:
        upload = receive_upload(session, dataset_of(session, listing), seller, arrival, now=house.now(), queued=False)
    ingest_now(house, upload.public_id, unheard)
    with house.unit_of_work() as session:
        set_price(session, seller, listing.id, Money(price_minor, "usd"))
        return publish_listing(session, seller, listing.id, now=house.now())

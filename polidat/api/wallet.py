"""The wallet: what is in it, and paying in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from polidat.access import limit_wallet, wallets_of
from polidat.api.bodies import Body
from polidat.api.deps import Buyer, IdempotencyKey, Look, Shopper, TheHouse, Work
from polidat.api.order_bodies import AttestationIn, agreed
from polidat.api.paging import ThePage
from polidat.catalog import listing_by_slug, pay_per_use
from polidat.core import Money, currency
from polidat.orders import ask_for_top_up, start_top_up, top_ups_of

router = APIRouter(prefix="/v1/wallet", tags=["wallet"])


class WalletOut(BaseModel):
    """What is in a wallet, in micros: millionths of the minor unit of its currency."""

    currency: str
    state: str
    balance_micros: int
    held_micros: int
    spent_this_month_micros: int
    cap_minor: int | None


class NewTopUp(Body):
    """How much to pay in, in minor units."""

    amount_minor: int = Field(gt=0)
    currency: str = Field(min_length=3, max_length=3, examples=["usd"])


class TopUpOut(BaseModel):
    """Where a payment into the wallet is made."""

    id: str
    payment_url: str


class PaidInOut(BaseModel):
    """What was paid into a wallet, in minor units."""

    id: str
    amount_minor: int
    currency: str
    paid_at: datetime | None


class Limits(Body):
    """The most a month may cost, none for no limit, and below what you are told by mail; in minor units."""

    cap_minor: int | None = Field(ge=0, le=10**12)  # has to be said: what is left out must not end a limit
    notice_minor: int = Field(ge=0, le=10**12)


class UseByPrice(Body):
    """Which listing to use, each use paid from the wallet, and the licence you accept, by `licence.id`."""

    listing: str
    accept_licence: list[int] = Field([], max_length=1)
    attestation: AttestationIn | None = None


@router.get("")
def show_wallets(session: Look, owner: Shopper, page: ThePage) -> list[WalletOut]:
    """Show your wallets, one per currency."""
    return [
        WalletOut(
            currency=each.currency,
            state=each.state,
            balance_micros=each.balance_micros,
            held_micros=each.held_micros,
            spent_this_month_micros=each.spent_micros,
            cap_minor=each.cap_minor,
        )
        for each in page.of(wallets_of(session, owner), lambda each: each.currency)
    ]


@router.put("/{currency}/limits", status_code=204)
def put_limits(
    code: Annotated[str, Path(alias="currency")], body: Limits, house: TheHouse, session: Work, owner: Buyer
) -> None:
    """Set what your wallet in a currency may spend in a month, and when you are told that it runs low."""
    known = currency(code).code
    cap = None if body.cap_minor is None else Money(body.cap_minor, known)
    limit_wallet(session, owner, known, cap=cap, notice=Money(body.notice_minor, known), now=house.now())


@router.get("/top-ups")
def list_top_ups(session: Look, owner: Shopper, page: ThePage) -> list[PaidInOut]:
    """List what you have paid in, newest first."""
    found = page.of(top_ups_of(session, owner), lambda each: each.public_id)
    return [
        PaidInOut(id=each.public_id, amount_minor=each.amount_minor, currency=each.currency, paid_at=each.paid_at)
        for each in found
    ]


@router.post("/top-ups", status_code=201)
def create_top_up(
    body: NewTopUp,
    house: TheHouse,
    owner: Buyer,
    idempotency_key: IdempotencyKey,
) -> TopUpOut:
    """Get the address to pay in at. Repeat with the same key to read it again."""
    amount = Money(body.amount_minor, currency(body.currency).code)
    ref, url = start_top_up(
        house.database,
        house.gateway,
        owner,
        amount,
        key=idempotency_key,
        return_url=f"{house.settings.base_url}/wallet",
        now=house.now(),
    )
    return TopUpOut(id=ref, payment_url=url)


@router.post("/top-up-links", status_code=201)
def create_top_up_link(
    body: NewTopUp,
    house: TheHouse,
    owner: Buyer,
    idempotency_key: IdempotencyKey,
) -> TopUpOut:
    """Get a link by which somebody else pays into your wallet, once, within a week. Repeat with the same key."""
    amount = Money(body.amount_minor, currency(body.currency).code)
    link = ask_for_top_up(house.database, house.gateway, owner, amount, key=idempotency_key, now=house.now())
    return TopUpOut(id=link.top_up.public_id, payment_url=link.url)


@router.post("/listings", status_code=204)
def use_by_price(body: UseByPrice, house: TheHouse, buyer: Buyer) -> None:
    """Use a listing that is sold by use: from now on each query and answer is paid from your wallet."""
    with house.unit_of_work() as session:
        listing = listing_by_slug(session, buyer, body.listing)
        accepted = agreed(body.accept_licence, body.attestation)
        pay_per_use(session, buyer, listing.id, agreed=accepted, now=house.now())

"""A seller's account at Stripe, what is in it, and what the house owes."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from polidat.api.deps import Look, Payer, Seller, TheHouse
from polidat.api.paging import ThePage
from polidat.api.payout_web import onboarding_urls
from polidat.core import Money, NotFound
from polidat.orders import held_from, owed_by, owed_to
from polidat.payments import (
    SellerAccount,
    SellerBank,
    asked_for,
    banks_of,
    seller_account,
    seller_balance,
    start_onboarding,
    sync_account,
)
from polidat.people import Person
from polidat.wiring import House

router = APIRouter(prefix="/v1/seller", tags=["seller"])


class RequirementOut(BaseModel):
    """Something Stripe asks: `field` is its name for it, `says` the same in words.

    `when` is past_due, currently_due or eventually_due; `problem` is why an earlier answer was not taken.
    """

    field: str
    says: str
    when: str
    problem: str


class BankOut(BaseModel):
    """Where payouts go, or can; of its number there are the last digits only."""

    id: str
    kind: str
    name: str
    last4: str
    currency: str
    country: str
    state: str
    is_default: bool
    takes_instant: bool

    @classmethod
    def of(cls, bank: SellerBank) -> "BankOut":
        """Return the bank account as the API shows it."""
        return cls.model_validate(bank, from_attributes=True)


class AccountOut(BaseModel):
    """Your account at Stripe as of `checked_at`; `id` is Stripe's, there once onboarding has begun.

    `requirements_due` is what waits for you, `requirements` everything that is asked; `reason` is Stripe's code of why
    you cannot receive, and `deadline_at` until when the first of it is wanted.
    """

    id: str | None
    state: str
    country: str
    charges_enabled: bool
    payouts_enabled: bool
    requirements_due: list[str]
    requirements: list[RequirementOut]
    reason: str
    deadline_at: datetime | None
    checked_at: datetime | None
    banks: list[BankOut]


class OnboardingOut(BaseModel):
    """Where Stripe asks its questions: the address works once, and for some minutes."""

    url: str


class BalanceOut(BaseModel):
    """What you have at Stripe in one currency, in minor units: standard payouts take what is available.

    Instant ones take `instant_minor`, for a fee; `pending_minor` is on its way from card payments.
    """

    currency: str
    available_minor: int
    instant_minor: int
    pending_minor: int


class DuesOut(BaseModel):
    """What the house and you owe each other in a currency, in minor units.

    `owed_minor` waits to be sent to your account at Stripe, `held_minor` rests while disputes are open, and
    `owing_minor` is what you owe, such as your part of a refund after a payout.
    """

    currency: str
    owed_minor: int
    held_minor: int
    owing_minor: int


@router.get("/account")
def show_account(house: TheHouse, seller: Seller) -> AccountOut:
    """Show your account at Stripe as we saw it last, and where payouts go."""
    return _shown(house, seller)


@router.post("/account/refresh")
def refresh_account(house: TheHouse, seller: Seller) -> AccountOut:
    """Ask Stripe how your account stands now, and show it."""
    sync_account(house.database, house.gateway, seller, now=house.now())
    return _shown(house, seller)


@router.post("/account/onboarding", status_code=201)
def begin_onboarding(house: TheHouse, seller: Payer) -> OnboardingOut:
    """Get a fresh address of Stripe's onboarding; the account is opened the first time.

    Where payouts go is said there as well, so the key has to be one for money.
    """
    urls = onboarding_urls(house)
    return OnboardingOut(url=start_onboarding(house.database, house.gateway, seller, now=house.now(), **urls))


@router.get("/balances")
def list_balances(house: TheHouse, seller: Seller, page: ThePage) -> list[BalanceOut]:
    """List what you have at Stripe now, by currency."""
    found = seller_balance(house.database, house.gateway, seller)
    return [
        BalanceOut(
            currency=each.available.currency,
            available_minor=each.available.minor,
            instant_minor=each.instant.minor,
            pending_minor=each.pending.minor,
        )
        for each in page.of(found, lambda each: each.available.currency)
    ]


@router.get("/dues")
def list_dues(session: Look, seller: Seller, page: ThePage) -> list[DuesOut]:
    """List what the house and you owe each other, by currency."""
    owed, held, owing = (_minors(each(session, seller)) for each in (owed_to, held_from, owed_by))
    return [
        DuesOut(
            currency=code, owed_minor=owed.get(code, 0), held_minor=held.get(code, 0), owing_minor=owing.get(code, 0)
        )
        for code in page.of(sorted({*owed, *held, *owing}), str)
    ]


def _minors(amounts: Sequence[Money]) -> dict[str, int]:
    return {each.currency: each.minor for each in amounts}


def _shown(house: House, seller: Person) -> AccountOut:
    with house.reading() as session:
        account, banks = seller_account(session, seller), banks_of(session, seller)
    if account is None:
        raise NotFound("You have no account at Stripe yet. Begin its onboarding: until then nobody can pay you.")
    return AccountOut(
        id=account.stripe_id,
        state=account.state,
        country=account.country,
        charges_enabled=account.charges_enabled,
        payouts_enabled=account.payouts_enabled,
        requirements_due=account.due,
        requirements=_requirements(account),
        reason=account.reason,
        deadline_at=account.deadline_at,
        checked_at=account.checked_at,
        banks=[BankOut.of(each) for each in banks],
    )


def _requirements(account: SellerAccount) -> list[RequirementOut]:
    return [
        RequirementOut(
            field=each["field"], says=asked_for(each["field"]), when=each["when"], problem=each.get("problem", "")
        )
        for each in account.asked
    ]

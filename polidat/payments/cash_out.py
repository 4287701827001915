"""Cash on its way from a seller's financial account to the seller's bank: noted here, then asked of Stripe by a job."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from polidat.core import Conflict, Invalid, Money, NotFound, new_public_id
from polidat.db import Database
from polidat.events import record
from polidat.jobs import defer
from polidat.payments.errors import StripeRefused, StripeSaysNo
from polidat.payments.gateway import Gateway
from polidat.payments.locks import lock_object
from polidat.payments.models import SellerAccount
from polidat.payments.treasury import keep_cash_out, opened, refresh_financial
from polidat.payments.treasury_models import ASKED, PROCESSING, REFUSED, CashOut, FinancialAccount
from polidat.payments.treasury_reading import CURRENCY
from polidat.people import Person

SEND_CASH_OUT = "payments.send_cash_out"
_KEY_LIFE = timedelta(hours=20)  # Stripe forgets an idempotency key after a day


class NotEnoughCash(Conflict):
    """More than the financial account has, less what is asked for already."""

    def __init__(self, amount: Money, free: Money) -> None:
        super().__init__(f"{amount} is more than the {free} of cash that can leave now. Choose less.")


class NoSuchCashOut(NotFound):
    """Not of this seller."""

    def __init__(self) -> None:
        super().__init__("There is no such movement. Reload the page.")


class CashOutGone(Conflict):
    """It cannot be called back any more."""

    def __init__(self) -> None:
        super().__init__("It has left, or is over: it cannot be called back any more.")


def cash_outs_of(session: Session, seller: Person, *, limit: int = 50) -> Sequence[CashOut]:
    """Return what the seller has moved out, or asked for, newest first."""
    mine = select(CashOut).where(CashOut.person_id == seller.id)
    return session.scalars(mine.order_by(CashOut.id.desc()).limit(limit)).all()


def move_cash_out(
    database: Database, gateway: Gateway, seller: Person, amount: Money, *, key: str, now: datetime
) -> CashOut:
    """Ask for cash to go to the seller's own bank; a job sends it. `key` names the click: two are one.

    What Stripe has at this moment counts, less what is asked for and not there yet. Raises Invalid for no amount,
    NotEnoughCash, NoFinancialAccount, StripeAway.
    """
    if amount.currency != CURRENCY or amount.minor <= 0:
        raise Invalid(f"Choose an amount above zero, in {CURRENCY.upper()}.")
    account_id, _ = opened(database, seller)
    with database.unit_of_work() as session:
        lock_object(session, account_id)  # what is asked for at once takes turns
        known = _of_key(session, seller, key)
        if known is not None:
            return known
        refresh_financial(session, gateway, account_id, now=now)
        _check_covered(session, seller, amount)
        row = CashOut(
            public_id=new_public_id("out"),
            person_id=seller.id,
            key=key,
            state=ASKED,
            amount_minor=amount.minor,
            currency=amount.currency,
            asked_at=now,
        )
        session.add(row)
        session.flush()
        record(session, "cash_out", f"cash_out:{row.public_id}", by=seller.id, after={"amount": amount, "state": ASKED})
        defer(session, SEND_CASH_OUT, once=f"cash_out:{row.public_id}", cash_out_ref=row.public_id)
        return row


def send_cash_out(database: Database, gateway: Gateway, *, cash_out_ref: str, now: datetime) -> None:
    """Ask Stripe to send it, once; what Stripe refuses is kept with its reason. Raises StripeAway."""
    with database.reading() as session:
        row = session.scalars(select(CashOut).where(CashOut.public_id == cash_out_ref)).one()
        account, money = session.get_one(SellerAccount, row.person_id), session.get_one(FinancialAccount, row.person_id)
    if row.state != ASKED:
        return
    account_id, from_id = str(account.stripe_id), str(money.stripe_id)
    late = now - row.asked_at > _KEY_LIFE
    try:
        found = gateway.find_cash_out(account_id, from_id, cash_out_ref) if late else None
        facts = found or gateway.send_cash_out(account_id, from_id, row.amount, cash_out_ref)
    except (StripeRefused, StripeSaysNo) as error:
        with database.unit_of_work() as session:
            refused = session.get_one(CashOut, row.id)
            refused.state, refused.problem = REFUSED, error.says
        return
    with database.unit_of_work() as session:
        lock_object(session, account_id)
        keep_cash_out(session.get_one(CashOut, row.id), facts)
        refresh_financial(session, gateway, account_id, now=now)


def call_cash_back(database: Database, gateway: Gateway, seller: Person, ref: str, *, now: datetime) -> CashOut:
    """Call back what has not left yet. Raises NoSuchCashOut, CashOutGone, StripeAway."""
    account_id, _ = opened(database, seller)
    with database.unit_of_work() as session:
        row = session.scalar(select(CashOut).where((CashOut.person_id == seller.id) & (CashOut.public_id == ref)))
        if row is None:
            raise NoSuchCashOut
        if row.state != PROCESSING:
            raise CashOutGone
        before, after = {"state": row.state}, {"state": "called back"}
        record(session, "cash_out", f"cash_out:{ref}", by=seller.id, before=before, after=after)
    try:
        gateway.cancel_cash_out(account_id, str(row.stripe_id))
    except (StripeRefused, StripeSaysNo) as error:
        raise CashOutGone from error
    finally:
        with database.unit_of_work() as session:  # whoever was faster: it is as Stripe says
            refresh_financial(session, gateway, account_id, now=now)
    with database.reading() as session:
        return session.get_one(CashOut, row.id)


def _check_covered(session: Session, seller: Person, amount: Money) -> None:
    waiting = (CashOut.person_id == seller.id) & (CashOut.state == ASKED)
    asked = session.scalar(select(func.coalesce(func.sum(CashOut.amount_minor), 0)).where(waiting)) or 0
    cash = session.get_one(FinancialAccount, seller.id).cash
    free = Money(max(cash.minor - int(asked), 0), cash.currency)
    if amount > free:
        raise NotEnoughCash(amount, free)


def _of_key(session: Session, seller: Person, key: str) -> CashOut | None:
    return session.scalar(select(CashOut).where((CashOut.person_id == seller.id) & (CashOut.key == key)))

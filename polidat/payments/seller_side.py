"""See that what left the platform arrived at sellers' accounts, and that every fee taken there arrived here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from polidat.db import Database
from polidat.payments.discrepancy import Difference, note_differences
from polidat.payments.errors import StripeRefused, StripeSaysNo
from polidat.payments.facts import FeeFacts, SentFacts
from polidat.payments.gateway import Gateway
from polidat.payments.mirrored import BalanceTransaction, SellerMovement
from polidat.payments.payout_check import refresh_seller_mirror
from polidat.payments.reconcile import GRACE

CATEGORIES = ("transfer_not_arrived", "transfer_amount", "fee_not_arrived", "fee_amount")
_ARRIVED = "payment"  # Stripe's type of the movement a transfer causes on the account it goes to


@dataclass(frozen=True)
class SellerSideChecked:
    """How many transfers and fees were followed, how many do not fit, and which accounts could not be asked."""

    transfers: int
    fees: int
    wrong: int
    unread: Sequence[str]


def check_seller_side(
    database: Database, gateway: Gateway, *, since: datetime, until: datetime, now: datetime
) -> SellerSideChecked:
    """Follow every transfer and every application fee of the window to its movement on the other side.

    The platform's mirror should be fresh; the sellers' are refreshed. What is younger than two hours is not judged.
    Raises StripeAway.
    """
    last = min(until, now - GRACE)
    sent = [each for each in gateway.transfers_since(since) if each.created_at < last]
    fees = [each for each in gateway.fees_since(since) if each.created_at < last]
    unread: list[str] = []
    for account in sorted({each.account for each in (*sent, *fees)}):
        try:
            refresh_seller_mirror(database, gateway, account)
        except (StripeRefused, StripeSaysNo):
            unread.append(account)
    with database.unit_of_work() as session:
        arrived = _arrived(session, [each.arrival_id for each in (*sent, *fees)])
        taken = _taken(session, [each.id for each in fees])
        known = set(unread)
        wrong = [
            *_lost_transfers([each for each in sent if each.account not in known], arrived),
            *_lost_fees(fees, taken, arrived, unread=known),
        ]
        note_differences(session, wrong, of=CATEGORIES, now=now, since=since, until=until)
    return SellerSideChecked(len(sent), len(fees), len(wrong), unread)


def _lost_transfers(sent: Iterable[SentFacts], arrived: Mapping[str, SellerMovement]) -> Iterable[Difference]:
    for each in sent:
        there = arrived.get(each.arrival_id)
        if there is None:
            yield _difference("transfer_not_arrived", each, None)
        elif there.currency == each.amount.currency and there.amount_minor != each.amount.minor:
            yield _difference("transfer_amount", each, there.amount_minor)


def _lost_fees(
    fees: Iterable[FeeFacts],
    taken: Mapping[str, BalanceTransaction],
    arrived: Mapping[str, SellerMovement],
    *,
    unread: set[str],
) -> Iterable[Difference]:
    for each in fees:
        here, there = taken.get(each.id), arrived.get(each.arrival_id)
        if here is None:
            yield _difference("fee_not_arrived", each, None)
        elif here.currency == each.amount.currency and here.amount_minor != each.amount.minor:
            yield _difference("fee_amount", each, here.amount_minor)
        elif each.account not in unread and there is None:
            yield _difference("fee_amount", each, 0)
        elif there is not None and there.currency == each.amount.currency and there.fee_minor != each.amount.minor:
            yield _difference("fee_amount", each, there.fee_minor)


def _difference(category: str, each: SentFacts | FeeFacts, arrived_minor: int | None) -> Difference:
    return Difference(
        key=f"{category}:{each.id}",
        category=category,
        currency=each.amount.currency,
        theirs_minor=arrived_minor,
        ours_minor=each.amount.minor,
        moved_at=each.created_at,
        about=each.id,
    )


def _arrived(session: Session, payments: Sequence[str]) -> Mapping[str, SellerMovement]:
    these = (SellerMovement.source == any_(literal(list(payments), ARRAY(Text)))) & (SellerMovement.kind == _ARRIVED)
    return {str(each.source): each for each in session.scalars(select(SellerMovement).where(these))}


def _taken(session: Session, fees: Sequence[str]) -> Mapping[str, BalanceTransaction]:
    these = BalanceTransaction.source == any_(literal(list(fees), ARRAY(Text)))
    these &= BalanceTransaction.category == "platform_earning"
    return {str(each.source): each for each in session.scalars(select(BalanceTransaction).where(these))}

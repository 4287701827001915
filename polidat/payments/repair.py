"""Repair the books by a posting of its own: what is written stays, and the repair names what it repairs."""

from collections import Counter
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.core import Invalid
from polidat.ledger import (
    COMMISSION,
    DISPUTE_FEE,
    FX_LOSS,
    REPAIR,
    STRIPE,
    STRIPE_FEE,
    SUSPENSE,
    Leg,
    Refs,
    post,
    repaired_sums,
)
from polidat.payments.facts import Movement
from polidat.payments.mirrored import BalanceTransaction, Discrepancy
from polidat.payments.rules import suspense_legs

AGAINST = (SUSPENSE, STRIPE_FEE, DISPUTE_FEE, FX_LOSS, COMMISSION)  # where the rest of an account may go


def repair(session: Session, row: Discrepancy, *, against: str = "") -> int | None:
    """Post what makes the books say what they should, and return the posting; None when there is nothing to post.

    What a movement lacks goes against suspense. What rests on an account goes to `against`, if that is given.
    Raises Invalid for an account that repairs may not touch.
    """
    if against and (against not in AGAINST or against == row.about):
        raise Invalid(f"A repair goes to one of {', '.join(each for each in AGAINST if each != row.about)}.")
    if row.txn_id is not None:
        return _beside(session, row, row.txn_id)
    if row.bt_id is not None and row.category in ("missing_here", "unknown_type"):
        return _missing(session, row.bt_id)
    if row.about.startswith(("C:", "L:")) and against:
        return _rest(session, row, against)
    return None


def _missing(session: Session, bt_id: str) -> int:
    row = session.get_one(BalanceTransaction, bt_id)
    moved = Movement(**{name: getattr(row, name) for name in Movement.__dataclass_fields__})
    refs = Refs(stripe_object=moved.source, meta={"category": moved.category})
    return post(session, f"bt:{moved.id}", "unexplained", suspense_legs(moved), occurred_at=moved.created_at, refs=refs)


def _beside(session: Session, row: Discrepancy, txn_id: int) -> int | None:
    """What the movement says, less what the posting and its repairs say by now."""
    written = repaired_sums(session, txn_id)
    told = session.get(BalanceTransaction, row.bt_id) if row.bt_id else None
    apart = Counter[tuple[str, str]]()
    if told is not None:
        apart[STRIPE, told.currency] += told.net_minor
        apart[STRIPE_FEE, told.currency] += told.fee_minor
    for (code, currency), minor in written.sums.items():
        if code == STRIPE:
            apart[STRIPE, currency] -= minor
        elif told is not None and code in (STRIPE_FEE, DISPUTE_FEE):
            apart[STRIPE_FEE, currency] -= minor
    legs = [Leg(code, minor, currency) for (code, currency), minor in sorted(apart.items()) if minor]
    legs += [Leg(SUSPENSE, -leg.minor, leg.currency) for leg in legs]
    return _post(session, row, legs, at=written.occurred_at, reverses=txn_id) if legs else None


def _rest(session: Session, row: Discrepancy, against: str) -> int | None:
    minor = (row.theirs_minor or 0) - (row.ours_minor or 0)
    if row.about.startswith("L:"):
        minor = -minor  # what is owed is noted as such, and is a credit
    legs = [Leg(row.about, minor, row.currency), Leg(against, -minor, row.currency)]
    return _post(session, row, legs, at=row.found_at) if minor else None


def _post(session: Session, row: Discrepancy, legs: list[Leg], *, at: datetime, reverses: int | None = None) -> int:
    refs = Refs(reverses=reverses, meta={"discrepancy": str(row.id)})
    # found again and settled again, it is another repair
    return post(session, f"repair:{row.id}:{row.found_at:%Y%m%d%H%M%S%f}", REPAIR, legs, occurred_at=at, refs=refs)

"""What a transaction must be before it reaches the books. Values only: no session, no clock."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from polidat.core import Money
from polidat.ledger.errors import MixedMemo, NoAccountCode, Unbalanced

_CODE = re.compile(r"[ALCRXM]:[a-z_]+(:[A-Za-z0-9_.-]+)?")


@dataclass(frozen=True)
class Leg:
    """One side of a transaction in minor units: a debit is positive, a credit negative.

    `bt_id` names the Stripe balance transaction this leg mirrors; each is written at most once per account.
    """

    account: str
    minor: int
    currency: str
    bt_id: str | None = None


def debit(account: str, amount: Money, *, bt_id: str | None = None) -> Leg:
    """Return the leg that debits the account."""
    return Leg(account, amount.minor, amount.currency, bt_id)


def credit(account: str, amount: Money, *, bt_id: str | None = None) -> Leg:
    """Return the leg that credits the account."""
    return Leg(account, -amount.minor, amount.currency, bt_id)


def check_legs(key: str, legs: Sequence[Leg]) -> None:
    """Raise Unbalanced for fewer than two legs, an empty leg or a sum not zero; NoAccountCode for a bad code.

    Raises MixedMemo where notes and money meet.
    """
    for leg in legs:
        if not _CODE.fullmatch(leg.account):
            raise NoAccountCode(leg.account)
    sums = Counter[str]()
    for leg in legs:
        sums[leg.currency] += leg.minor
    if len(legs) < 2 or any(leg.minor == 0 for leg in legs) or any(sums.values()):
        raise Unbalanced(key, dict(sums))
    if len({leg.account.startswith("M:") for leg in legs}) > 1:
        raise MixedMemo(key)


def content_hash(kind: str, legs: Sequence[Leg]) -> str:
    """Return a digest of what a transaction says; the order of its legs does not matter."""
    told = sorted(json.dumps(asdict(leg), sort_keys=True) for leg in legs)
    return hashlib.sha256("\n".join([kind, *told]).encode()).hexdigest()

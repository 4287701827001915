"""Write a transaction into the books, once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.db import sql_text
from polidat.ledger.errors import KeyReused
from polidat.ledger.rules import Leg, check_legs, content_hash


@dataclass(frozen=True)
class Refs:
    """What a transaction is about, for whoever reads the books later."""

    stripe_object: str | None = None
    stripe_event: str | None = None
    order_ref: str | None = None
    reverses: int | None = None
    meta: Mapping[str, str] = field(default_factory=dict[str, str])


def post(
    session: Session, key: str, kind: str, legs: Sequence[Leg], *, occurred_at: datetime, refs: Refs | None = None
) -> int:
    """Write the legs as one transaction, in one round trip, and return its id.

    Accounts that do not exist yet are opened. `key` names the fact: the same key with the same legs returns the
    first id and writes nothing. Floors are checked when the unit of work ends.
    Raises Unbalanced, NoAccountCode, MixedMemo, and KeyReused for a key that was used for other legs.
    """
    check_legs(key, legs)
    hashed = content_hash(kind, legs)
    written = session.execute(
        sql_text("polidat.ledger", "post"),
        {
            "key": key,
            "kind": kind,
            "hash": hashed,
            "occurred_at": occurred_at,
            "refs": json.dumps(asdict(refs or Refs())),
            "legs": json.dumps([{"seq": seq, **asdict(leg)} for seq, leg in enumerate(legs)]),
        },
    ).one()
    if written.written_hash != hashed:
        raise KeyReused(key, written.txn_id)
    return written.txn_id

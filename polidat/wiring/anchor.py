"""Keep the head of the sealed books outside of the database, day by day, signed when there is a key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polidat.core import Invalid
from polidat.db import ChainCheck, Head
from polidat.events import audit_head, seal_audit, verify_audit
from polidat.ledger import chain_head, seal_ledger, verify_chain
from polidat.settings import Settings
from polidat.wiring.anchor_key import public_text, read_anchor_key, signature_problem, signed

if TYPE_CHECKING:
    from polidat.wiring.house import House


def seal_books(house: "House") -> None:
    """Seal what was written since the last time, in the books and in the audit log, batch by batch."""
    while True:
        with house.unit_of_work() as session:
            if not seal_ledger(session, now=house.now()) + seal_audit(session, now=house.now()):
                return


def keep_anchor(house: "House") -> Head:
    """Seal everything, write the head of the chain to the anchors' file, return it. Raises Invalid for a bad key."""
    seal_books(house)
    with house.reading() as session:
        head, audit = chain_head(session), audit_head(session)
    told: dict[str, Any] = {"at": house.now().isoformat(timespec="seconds"), "seq": head.seq, "hash": head.hash}
    told |= {"audit_seq": audit.seq, "audit_hash": audit.hash}
    key = house.settings.anchor_key
    if key is not None:
        told = signed(told, read_anchor_key(key.get_secret_value()))
    with anchors_file(house).open("a") as kept:
        kept.write(json.dumps(told) + "\n")
    return head


def anchor_public_key(house: "House") -> str:
    """Return the public key of the key that signs anchors, or nothing without one. Raises Invalid for a bad key."""
    key = house.settings.anchor_key
    return public_text(read_anchor_key(key.get_secret_value())) if key is not None else ""


def trusted_keys(settings: Settings, public_key: str = "") -> Sequence[str]:
    """Return the public keys that may have signed: the own one, earlier ones, and `public_key`. Raises Invalid."""
    own = settings.anchor_key
    mine = public_text(read_anchor_key(own.get_secret_value())) if own is not None else ""
    return [each.strip() for each in (mine, public_key, *settings.anchor_public_keys.split(",")) if each.strip()]


def check_anchors(house: "House", *, public_key: str = "") -> tuple[int, int, str]:
    """Return how many anchors are kept, how many of them are signed, and what is wrong with them, or nothing.

    Trusted are the house's own key, the earlier ones of its settings, and `public_key`. Raises Invalid for a bad key.
    """
    try:
        anchors = _anchors(house)
    except ValueError:
        return 0, 0, "The anchors' file has a line that is no anchor."
    trusted = trusted_keys(house.settings, public_key)
    many = sum(1 for each in anchors if "signature" in each)
    return len(anchors), many, signature_problem(anchors, trusted)


def check_books(house: "House", *, public_key: str = "") -> ChainCheck:
    """Compute the chain again, compare it with the newest anchor and check who signed the anchors.

    The first thing that is wrong is told.
    """
    return _checked(house, verify_chain, "", public_key)


def check_audit(house: "House", *, public_key: str = "") -> ChainCheck:
    """Compute the audit log's chain again and compare it with the newest anchor, as `check_books` does."""
    return _checked(house, verify_audit, "audit_", public_key)


def anchors_file(house: "House") -> Path:
    """Return where anchors are kept. Copy it to another machine: who can write both can forge both, without a key."""
    return house.settings.home.resolve() / "ledger-anchors.jsonl"


def _checked(house: "House", verify: Any, of: str, public_key: str) -> ChainCheck:
    _, _, problem = check_anchors(house, public_key=public_key)
    with house.reading() as session:
        found: ChainCheck = verify(session, anchor=None if problem else _newest_anchor(house, of))
    return replace(found, problem=problem) if problem and found.holds else found


def _newest_anchor(house: "House", of: str) -> Head | None:
    kept = _anchors(house)
    newest: Mapping[str, Any] = kept[-1] if kept else {}
    seq = int(newest.get(f"{of}seq", 0))
    return Head(seq, str(newest[f"{of}hash"])) if seq else None


def _anchors(house: "House") -> Sequence[Mapping[str, Any]]:
    """Every anchor, oldest first. Raises ValueError for a line that is none."""
    if not anchors_file(house).exists():
        return []
    return [json.loads(line) for line in anchors_file(house).read_text().splitlines() if line.strip()]


def kept_anchors(house: "House") -> Sequence[Mapping[str, Any]]:
    """Return every anchor, newest first, as it was written. Raises Invalid for a line that is none."""
    try:
        return list(reversed(_anchors(house)))
    except ValueError as error:
        raise Invalid("The anchors' file has a line that is no anchor.") from error

"""Keep the head of the sealed books outside of the database, day by day."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polidat.db import ChainCheck, Head
from polidat.events import audit_head, seal_audit, verify_audit
from polidat.ledger import chain_head, seal_ledger, verify_chain

if TYPE_CHECKING:
    from polidat.wiring.house import House


def seal_books(house: "House") -> None:
    """Seal what was written since the last time, in the books and in the audit log, batch by batch."""
    while True:
        with house.unit_of_work() as session:
            if not seal_ledger(session, now=house.now()) + seal_audit(session, now=house.now()):
                return


def keep_anchor(house: "House") -> Head:
    """Seal everything, write the head of the chain to the anchors' file, and return it."""
    seal_books(house)
    with house.reading() as session:
        head, audit = chain_head(session), audit_head(session)
    told = {"seq": head.seq, "hash": head.hash, "audit_seq": audit.seq, "audit_hash": audit.hash}
    line = json.dumps({"at": house.now().isoformat(timespec="seconds"), **told})
    with anchors_file(house).open("a") as kept:
        kept.write(line + "\n")
    return head


def check_books(house: "House") -> ChainCheck:
    """Compute the chain again and compare it with the newest anchor; the first thing that is wrong is told."""
    with house.reading() as session:
        return verify_chain(session, anchor=_newest_anchor(house))


def check_audit(house: "House") -> ChainCheck:
    """Compute the audit log's chain again and compare it with the newest anchor."""
    with house.reading() as session:
        return verify_audit(session, anchor=_newest_anchor(house, "audit_"))


def anchors_file(house: "House") -> Path:
    """Return where anchors are kept. Copy it to another machine: who can write both can forge both."""
    return house.settings.home.resolve() / "ledger-anchors.jsonl"


def _newest_anchor(house: "House", of: str = "") -> Head | None:
    if not anchors_file(house).exists():
        return None
    kept = [line for line in anchors_file(house).read_text().splitlines() if line.strip()]
    newest: dict[str, Any] = json.loads(kept[-1]) if kept else {}
    seq = int(newest.get(f"{of}seq", 0))
    return Head(seq, str(newest[f"{of}hash"])) if seq else None

"""The books day by day as files: the journal, which leg mirrors which movement at Stripe, and what both must say."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polidat.ledger import chain_head, journal_csv
from polidat.payments import movements_csv
from polidat.wiring.anchor import seal_books
from polidat.wiring.anchor_key import read_anchor_key, signed

if TYPE_CHECKING:
    from polidat.wiring.house import House


def export_day(house: "House", day: date, folder: Path) -> Path:
    """Write the files of one UTC day into the folder, and return the manifest that names them.

    The manifest has each file's lines, bytes and SHA-256, the totals of the journal by currency, the head of the sealed
    chain, and whether the day was over; it is signed when there is a key. Raises Invalid for a bad key.
    """
    seal_books(house)
    since = datetime.combine(day, time(), UTC)
    window = {"since": since, "until": since + timedelta(days=1)}
    folder.mkdir(parents=True, exist_ok=True)
    with house.database.snapshot() as session:
        journal, totals = _write(folder / f"journal-{day}.csv", journal_csv(session, **window))
        head = chain_head(session)
    with house.unit_of_work() as session:
        movements, _ = _write(folder / f"movements-{day}.csv", movements_csv(session, **window, now=house.now()))
    told: dict[str, Any] = {
        "day": str(day),
        "made_at": house.now().isoformat(timespec="seconds"),
        "is_over": window["until"] <= house.now(),
        "files": [journal, movements],
        "totals": totals,
        "chain": {"seq": head.seq, "hash": head.hash},
    }
    key = house.settings.anchor_key
    if key is not None:
        told = signed(told, read_anchor_key(key.get_secret_value()))
    manifest = folder / f"manifest-{day}.json"
    written = manifest.with_suffix(".new")
    written.write_text(json.dumps(told, indent=2) + "\n")
    written.replace(manifest)  # whoever reads it meanwhile has all of the one or all of the other
    return manifest


def _write(path: Path, lines: Iterable[str]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """What a manifest says of the file, and the totals the lines of a journal end with."""
    digest, many, size = hashlib.sha256(), 0, 0
    totals: dict[str, dict[str, str]] = {}
    with path.open("w", encoding="utf-8", newline="") as kept:
        for line in lines:
            raw = line.encode()
            digest.update(raw)
            many, size = many + 1, size + len(raw)
            kept.write(line)
            if line.startswith("total,"):
                cells = line.rstrip("\n").split(",")
                totals[cells[6]] = {"debit": cells[4], "credit": cells[5]}
    return {"name": path.name, "lines": many, "bytes": size, "sha256": digest.hexdigest()}, totals

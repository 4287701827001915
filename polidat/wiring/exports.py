"""The exports the marketplace keeps by itself: one of each day that is over, in a folder of its home."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polidat.core import Invalid, NotFound
from polidat.wiring.anchor import anchors_file, trusted_keys
from polidat.wiring.export import export_day
from polidat.wiring.export_check import Checked, Seal, check_export, read_manifest, seal_of, signed_how

if TYPE_CHECKING:
    from polidat.wiring.house import House

_BACK_DAYS = 14  # what nights without a running marketplace have left out
FILES = ("journal", "movements", "manifest")


@dataclass(frozen=True)
class KeptExport:
    """A day whose export is kept, with what its manifest says and who signed that."""

    day: date
    told: Mapping[str, Any]
    seal: Seal
    signature: str

    @property
    def journal_sha256(self) -> str:
        """The digest of the day's journal."""
        return str(next((each["sha256"] for each in self.told["files"] if each["name"].startswith("journal")), ""))

    @property
    def journal_lines(self) -> int:
        """How many lines the day's journal has."""
        return sum(each["lines"] for each in self.told["files"] if each["name"].startswith("journal"))


def exports_folder(house: "House") -> Path:
    """Return where exports are kept. Copy it to another machine, with the anchors."""
    return house.settings.home.resolve() / "ledger-exports"


def export_lately(house: "House") -> Sequence[date]:
    """Export the days of the last two weeks that are over and not kept yet; return them. Run it every night."""
    today, folder = house.now().date(), exports_folder(house)
    days = [today - timedelta(days=number) for number in range(_BACK_DAYS, 0, -1)]
    missing = [each for each in days if not _is_complete(folder, each)]
    for each in missing:
        export_day(house, each, folder)
    return missing


def kept_exports(house: "House", *, limit: int = 60) -> Sequence[KeptExport]:
    """Return the latest days whose export is kept, newest first. Raises Invalid for one that cannot be read."""
    trusted = trusted_keys(house.settings)
    paths = sorted(exports_folder(house).glob("manifest-*.json"), reverse=True)[:limit]
    found = [read_manifest(each) for each in paths]
    return [
        KeptExport(date.fromisoformat(each["day"]), each, seal_of(each, trusted), signed_how(each, trusted).says)
        for each in found
    ]


def check_kept_export(house: "House", day: date) -> Sequence[Checked]:
    """Check the kept export of a day, as `polidat ledger verify-export` does. Raises NotFound, Invalid."""
    anchors = anchors_file(house)
    return check_export(
        export_file(house, day, "manifest"),
        trusted=trusted_keys(house.settings),
        anchors=anchors if anchors.exists() else None,
    )


def export_file(house: "House", day: date, what: str) -> Path:
    """Return a file of a kept export: its journal, its movements or its manifest. Raises NotFound, Invalid."""
    if what not in FILES:
        raise Invalid(f"Choose one of {', '.join(FILES)}.")
    path = exports_folder(house) / f"{what}-{day}.{'json' if what == 'manifest' else 'csv'}"
    if not path.is_file():
        raise NotFound(f"No export of {day} is kept.")
    return path


def _is_complete(folder: Path, day: date) -> bool:
    """One that was written before its day was over, or of which half was written, is written again."""
    path = folder / f"manifest-{day}.json"
    with suppress(Invalid):
        return path.exists() and bool(read_manifest(path)["is_over"])
    return False

"""What the tests of the pipeline share: prepare some text or a file, and look at what came out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.prepare import prepare
from pipelines.shapes import Prepared
from polidat.lake import StagedTable

CORPUS = Path(__file__).parents[1] / "corpus" / "messy"
SHARED = Path(__file__).parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Read:
    """An upload as it was prepared."""

    prepared: Prepared

    def rows(self, table: int = 0) -> list[tuple[Any, ...]]:
        """The rows of one table, in their order."""
        return rows_of(self.prepared.tables[table].staged)

    def types(self, table: int = 0) -> dict[str, str]:
        """The types of the columns of one table, by name."""
        return {each.name: each.type for each in self.prepared.tables[table].staged.columns}

    def rejects(self) -> list[tuple[Any, ...]]:
        """Line, reason and raw text of each reject."""
        staged = self.prepared.rejects
        return [(line, reason, raw) for _, _, line, reason, raw in rows_of(staged)] if staged else []


def rows_of(staged: StagedTable) -> list[tuple[Any, ...]]:
    """The rows of a staged table, in their order."""
    return [tuple(row.values()) for row in pq.read_table(list(staged.files)).to_pylist()]


def read(path: Path, workdir: Path, **options: Any) -> Read:
    """Prepare a file."""
    return Read(prepare(path, path.name, workdir, **options))


def read_text(text: str | bytes, folder: Path, name: str = "t.csv") -> Read:
    """Prepare a text under a file name."""
    source = folder / name
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(source, folder / "work")

"""What the steps of the pipeline hand to each other. Values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from polidat.lake import Column, StagedTable

Plan: TypeAlias = dict[str, Any]
Embed: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]

REJECTED_RAW_CHARS_MAX = 10_000


@dataclass(frozen=True)
class Reject:
    """A row that is kept out of its table: where it stood, why, and its text. `line` counts from 1; None if unknown."""

    source: str
    line: int | None
    reason: str
    raw: str
    table_name: str = ""


@dataclass(frozen=True)
class Fault:
    """A row whose values do not fit the types of its columns, by its position in the table's relation, from 0."""

    ordinal: int
    at: str | None
    reason: str
    values: tuple[str | None, ...]


class Disagrees(Exception):
    """DuckDB sees other records than our reader, or would: it has to be read record by record. Never shown."""


@dataclass(frozen=True)
class TextTable:
    """A table whose cells are all text yet. `relation` is SQL with VARCHAR columns c0, c1, ... and maybe `_at`.

    `place` turns faults, in ascending order, into rejects: it knows where a row stood in the source. With a
    `rewrite`, `rows` is the number of lines, which is the number of records if no value has a line end in it;
    `recount` then tells the truth or raises Disagrees.
    """

    name: str
    source: str
    relation: str
    headers: tuple[str, ...]
    rows: int
    place: Callable[[Iterable[Fault]], Iterator[Reject]]
    rejects: Iterable[Reject] = ()
    plan: Plan = field(default_factory=dict[str, Any])
    notes: tuple[str, ...] = ()
    has_at: bool = False
    recount: Callable[[], int] | None = None
    rewrite: Callable[[], TextTable] | None = None  # a slower reading that DuckDB cannot disagree with


@dataclass(frozen=True)
class TypedTable:
    """A table whose format already knows types. `relation` is SQL; its columns keep their source names."""

    name: str
    source: str
    relation: str
    rejects: Iterable[Reject] = ()
    plan: Plan = field(default_factory=dict[str, Any])
    notes: tuple[str, ...] = ()
    damaged_as: str = "table"


@dataclass(frozen=True)
class Document:
    """A text to be cited: `text` is all of it, `pages` are the ends of its pages in characters."""

    name: str
    title: str
    text: str
    pages: tuple[int, ...]
    plan: Plan = field(default_factory=dict[str, Any])
    notes: tuple[str, ...] = ()


Found: TypeAlias = TextTable | TypedTable | Document


@dataclass(frozen=True)
class TableProfile:
    """What is in a table: rows, and for each column its figures.

    `sampled_rows` is set where figures are from a sample.
    """

    rows: int
    columns: tuple[Mapping[str, Any], ...]
    sampled_rows: int | None = None

    def report(self) -> dict[str, Any]:
        """Return the profile as JSON values."""
        return {"rows": self.rows, "sampled_rows": self.sampled_rows, "columns": [dict(each) for each in self.columns]}


@dataclass(frozen=True)
class PreparedTable:
    """A finished table with its profile and the plan by which its source was read."""

    staged: StagedTable
    profile: TableProfile
    plan: Plan
    source: str = ""
    rejected_rows: int = 0


@dataclass(frozen=True)
class PreparedDocument:
    """A document that became chunks."""

    name: str
    title: str
    chars: int
    pages: int


@dataclass(frozen=True)
class Prepared:
    """Everything an upload became: finished Parquet files and what to tell about them."""

    tables: tuple[PreparedTable, ...]
    documents: tuple[PreparedDocument, ...] = ()
    chunks: StagedTable | None = None
    chunk_vectors: StagedTable | None = None
    rejects: StagedTable | None = None
    rejected_rows: int = 0
    notes: tuple[str, ...] = ()

    @property
    def staged(self) -> tuple[StagedTable, ...]:
        """Every table to commit, hidden ones last."""
        others = (self.chunks, self.chunk_vectors, self.rejects)
        return (*(each.staged for each in self.tables), *(each for each in others if each is not None))

    def report(self) -> dict[str, Any]:
        """Return what was read and how, as JSON values, without paths of this machine."""
        return {
            "tables": [
                {
                    "name": each.staged.name,
                    "source": each.source,
                    "rows": each.staged.rows,
                    "rejected_rows": each.rejected_rows,
                    "columns": [_column_report(column) for column in each.staged.columns],
                    "plan": each.plan,
                    "profile": each.profile.report(),
                }
                for each in self.tables
            ],
            "documents": [vars(each) for each in self.documents],
            "chunks": self.chunks.rows if self.chunks else 0,
            "rejected_rows": self.rejected_rows,
            "notes": list(self.notes),
        }


def _column_report(column: Column) -> dict[str, str]:
    return {"name": column.name, "source_name": column.source_name, "type": column.type}


def file_bytes(files: Iterable[Path]) -> int:
    """Return the size of the files together, in bytes."""
    return sum(each.stat().st_size for each in files)

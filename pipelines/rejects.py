"""Rows that did not become part of a table, written down as they are met."""

import json
from collections.abc import Iterable
from pathlib import Path

import duckdb

from pipelines.engine import literal
from pipelines.shapes import REJECTED_RAW_CHARS_MAX, Reject
from polidat.lake import Column, StagedTable

_TYPES = {"table_name": "VARCHAR", "source": "VARCHAR", "line": "BIGINT", "reason": "VARCHAR", "raw": "VARCHAR"}


class RejectLog:
    """Collects rejects on disk; memory stays small however many there are."""

    def __init__(self, workdir: Path) -> None:
        self._lines = workdir / "rejects.ndjson"
        self._target = workdir / "_rejects.parquet"
        self.rows = 0

    def extend(self, table_name: str, rejects: Iterable[Reject]) -> int:
        """Write the rejects down for one table and return how many there were."""
        before = self.rows
        with self._lines.open("a", encoding="utf-8") as out:
            for each in rejects:
                raw = each.raw[:REJECTED_RAW_CHARS_MAX]
                row = {"table_name": table_name, "source": each.source, "line": each.line, "reason": each.reason}
                text = json.dumps({**row, "raw": raw.replace("\x00", "�")}, ensure_ascii=True)
                out.write(text + "\n")
                self.rows += 1
        return self.rows - before

    def stage(self, engine: duckdb.DuckDBPyConnection) -> StagedTable | None:
        """Return the hidden table of all rejects, or None if there were none."""
        if not self.rows:
            return None
        columns = ", ".join(f"{name}: '{type_name}'" for name, type_name in _TYPES.items())
        read = f"read_json({literal(self._lines)}, format='newline_delimited', columns={{{columns}}})"
        engine.execute(f"COPY (SELECT * FROM {read}) TO {literal(self._target)} (FORMAT parquet)")  # noqa: S608 - quoted
        staged = tuple(Column(name, name, type_name) for name, type_name in _TYPES.items())
        return StagedTable("_rejects", (self._target,), self.rows, staged, hidden=True)

"""DuckDB as the pipeline uses it: bounded memory, spilling into the work folder, stoppable."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from polidat.jobs import Progress

MEMORY_LIMIT = "1GB"
THREADS_MAX = 4
POLL_S = 0.2


def open_engine(workdir: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection of this upload's own. What does not fit into its memory goes below `workdir`."""
    spill = workdir / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    engine = duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": str(min(THREADS_MAX, os.cpu_count() or 1)),
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    engine.execute("SET TimeZone = 'UTC'")
    return engine


def literal(value: str | Path) -> str:
    """Return a SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Return a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def run(
    engine: duckdb.DuckDBPyConnection, sql: str, progress: Progress, step: str, *, total: int | None = None
) -> Sequence[tuple[Any, ...]]:
    """Run one statement and return its rows. `progress` is told now and then and may stop the statement by raising."""
    outcome: list[Sequence[tuple[Any, ...]]] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(engine.execute(sql).fetchall())
        except BaseException as error:  # handed to the caller's thread below
            failure.append(error)

    worker = threading.Thread(target=work, name="pipeline-sql")
    worker.start()
    try:
        while worker.is_alive():
            worker.join(POLL_S)
            share = engine.query_progress() if worker.is_alive() else 100.0
            progress(step, int((total or 0) * max(share, 0.0) / 100), total)
    except BaseException:
        engine.interrupt()
        worker.join()
        raise
    if failure:
        raise failure[0]
    return outcome[0]

"""From an uploaded file, folder or archive to finished Parquet files.

No database, nothing written outside of the work folder.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from pipelines.cast import cast_table
from pipelines.chunk import stage_chunks
from pipelines.engine import open_engine
from pipelines.errors import LeftOut, NothingToRead
from pipelines.names import TAKEN_TABLES, unique_names
from pipelines.profile import profile_table
from pipelines.read import SourceFile, files_of, read_file
from pipelines.readers.typed import stage_typed
from pipelines.rejects import RejectLog
from pipelines.shapes import Document, Embed, Prepared, PreparedDocument, PreparedTable, TextTable, TypedTable
from polidat.jobs import Progress, unheard


@dataclass
class _Work:
    """What one upload has become so far."""

    workdir: Path
    engine: duckdb.DuckDBPyConnection
    log: RejectLog
    progress: Progress
    tables: list[PreparedTable] = field(default_factory=list[PreparedTable])
    documents: list[Document] = field(default_factory=list[Document])
    notes: list[str] = field(default_factory=list[str])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])
    files: int = 0


def prepare(
    source: Path, file_name: str, workdir: Path, *, progress: Progress = unheard, embed: Embed | None = None
) -> Prepared:
    """Turn one upload into finished tables: every table file a table, all documents together one table of chunks.

    `source` is a file or a folder of files, `file_name` what the person called it. Everything is written below
    `workdir`, which the caller owns and removes. Raises Invalid or TooMuch with a sentence for the person, Cancelled
    from `progress`.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    # A folder of this try's own: what a killed one left behind is in nobody's way.
    workdir = Path(tempfile.mkdtemp(prefix="prepare_", dir=workdir))
    engine = open_engine(workdir)
    try:
        work = _Work(workdir, engine, RejectLog(workdir), progress)
        for each in files_of(source, file_name, workdir, progress):
            work.files += 1
            _take(each, work)
        if not work.tables and not work.documents:
            if len(work.left_out) == 1:
                raise work.left_out[0]
            raise NothingToRead(tuple(each.says for each in work.left_out))
        work.notes.extend(f"Left out: {each.says}" for each in work.left_out)
        return _finished(work, embed)
    finally:
        engine.close()


def _take(each: SourceFile, work: _Work) -> None:
    """Read one file and stage its tables. A file with nothing in it is set aside: another one may have something."""
    folder = work.workdir / f"file_{work.files}"
    folder.mkdir()
    try:
        found = read_file(each, folder, work.progress)
        for one in found:
            if isinstance(one, Document):
                taken = [document.name for document in work.documents]
                work.documents.append(replace(one, name=unique_names([one.name], taken)[0]))
                work.notes.extend(one.notes)
            else:
                _stage(one, folder, work)
    except LeftOut as nothing:
        work.left_out.append(nothing)


def _stage(table: TextTable | TypedTable, folder: Path, work: _Work) -> None:
    taken = (*TAKEN_TABLES, *(each.staged.name for each in work.tables))
    table = replace(table, name=unique_names([table.name], taken)[0])
    if isinstance(table, TextTable):
        staged, columns, notes = cast_table(work.engine, table, folder, work.log, work.progress)
    else:
        staged, columns, notes = stage_typed(work.engine, table, folder, work.log, work.progress)
    profile = profile_table(work.engine, staged, work.progress)
    plan = {**table.plan, **columns}
    work.tables.append(PreparedTable(staged, profile, plan, table.source, int(columns["rejected_rows"])))
    work.notes.extend(notes)


def _finished(work: _Work, embed: Embed | None) -> Prepared:
    chunks = vectors = None
    if work.documents:
        chunks, vectors = stage_chunks(work.documents, work.workdir, work.progress, embed)
    return Prepared(
        tuple(work.tables),
        tuple(PreparedDocument(each.name, each.title, len(each.text), len(each.pages)) for each in work.documents),
        chunks,
        vectors,
        work.log.stage(work.engine),
        work.log.rows,
        _once(work.notes),
    )


def _once(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))

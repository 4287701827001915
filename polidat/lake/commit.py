"""Make staged Parquet files a version: Delta first, the version row in PostgreSQL last."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from polidat.core import Broken
from polidat.events import emit
from polidat.lake.events import VersionCommitted
from polidat.lake.models import Dataset, DatasetVersion, Upload, UploadState, VersionTable
from polidat.lake.shapes import StagedTable

if TYPE_CHECKING:
    from deltalake.transaction import AddAction


@dataclass(frozen=True)
class WrittenTable:
    """A staged table that is in Delta, though no reader knows of it yet."""

    staged: StagedTable
    delta_path: Path
    delta_version: int
    files: tuple[str, ...]
    bytes: int


def write_tables(lake: Path, store: str, dataset: str, tables: Sequence[StagedTable]) -> list[WrittenTable]:
    """Move the files into the lake and commit each table as its next Delta version.

    Nobody reads these versions until `commit_version` names them, so a crash in between costs only disk space.
    """
    return [_write_table(lake / store / dataset / table.name, table) for table in tables]


def commit_version(
    session: Session,
    dataset: Dataset,
    written: Sequence[WrittenTable],
    *,
    upload: Upload | None,
    kind: str,
    rejected_rows: int,
    profiles: Mapping[str, Any],
    reading: Mapping[str, Any],
    validation: Mapping[str, Any],
    is_blocked: bool,
    now: datetime,
) -> DatasetVersion:
    """Insert the version row and move the readers' pointer, unless a blocking expectation failed.

    A blocked version is kept with its reports so that the seller can see why; readers stay on the one before.
    The same upload commits once: a second call returns the version it made.
    """
    session.execute(select(Dataset.id).where(Dataset.id == dataset.id).with_for_update())
    if upload is not None:
        made = session.scalar(select(DatasetVersion).where(DatasetVersion.upload_id == upload.id))
        if made is not None:
            return made
    last = session.scalar(select(func.max(DatasetVersion.number)).where(DatasetVersion.dataset_id == dataset.id)) or 0
    shown = [each for each in written if not each.staged.hidden]
    version = DatasetVersion(
        dataset_id=dataset.id,
        number=last + 1,
        upload_id=upload.id if upload else None,
        kind=kind,
        rows=sum(each.staged.rows for each in shown),
        rejected_rows=rejected_rows,
        bytes=sum(each.bytes for each in shown),
        is_blocked=is_blocked,
        reading=dict(reading),
        validation=dict(validation),
        committed_at=now,
        tables=[_row(position, each, profiles) for position, each in enumerate(written)],
    )
    session.add(version)
    session.flush()
    if not is_blocked:
        dataset.current_version_id = version.id
    dataset.kind = kind
    if upload is not None:
        upload.state = UploadState.COMMITTED
    emit(session, VersionCommitted(dataset.id, version.id, version.number, is_blocked))
    return version


def _row(position: int, written: WrittenTable, profiles: Mapping[str, Any]) -> VersionTable:
    return VersionTable(
        position=position,
        name=written.staged.name,
        delta_path=str(written.delta_path),
        delta_version=written.delta_version,
        files=list(written.files),
        rows=written.staged.rows,
        bytes=written.bytes,
        columns=[asdict(each) for each in written.staged.columns],
        profile=profiles.get(written.staged.name, {}),
        hidden=written.staged.hidden,
    )


def _write_table(path: Path, table: StagedTable) -> WrittenTable:
    from deltalake import DeltaTable, Schema  # half a second, and only who writes needs it
    from deltalake.exceptions import TableNotFoundError

    path.mkdir(parents=True, exist_ok=True)
    placed = [_place(each, path) for each in table.files]
    schema = Schema.from_arrow(_parquet().read_schema(placed[0]))
    actions = [_add(each) for each in placed]
    try:
        delta = DeltaTable(path)
    except TableNotFoundError:
        delta = DeltaTable.create(path, schema=schema)
    # overwrite takes the files before out of this version; versions before keep them
    delta.create_write_transaction(actions, mode="overwrite", schema=schema)  # pyright: ignore[reportArgumentType]  list is invariant in the stub
    delta.update_incremental()
    size = sum(each.stat().st_size for each in placed)
    files = tuple(str(each) for each in placed)
    if sorted(Path(each).name for each in delta.file_uris()) != sorted(each.name for each in placed):
        raise Broken("A table was written by two jobs at once.", path=str(path))
    return WrittenTable(table, path, delta.version(), files, size)


def _place(source: Path, folder: Path) -> Path:
    """Move the file in under a name that is never used twice."""
    target = folder / f"part-{uuid4()}.parquet"
    try:
        source.replace(target)
    except OSError:  # another file system
        shutil.copyfile(source, target.with_suffix(".part"))
        target.with_suffix(".part").rename(target)
    return target


def _add(path: Path) -> "AddAction":
    from deltalake.transaction import AddAction

    status = path.stat()
    rows = _parquet().read_metadata(path).num_rows
    return AddAction(path.name, status.st_size, {}, int(status.st_mtime * 1000), True, f'{{"numRecords": {rows}}}')


def _parquet() -> Any:
    import pyarrow.parquet  # loaded by who writes; it ships no types

    return pyarrow.parquet

"""An upload becomes a version: read, profile, cast, validate, chunk, commit. The order of the steps, nothing else."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipelines.prepare import prepare
from pipelines.shapes import Embed, Prepared
from pipelines.validate import ValidationReport, choose_kind, parse_suite, suite_for, validate
from polidat.core import PoliDatError, Refused, Unavailable
from polidat.db import Database
from polidat.jobs import Cancelled, Progress, RunProgress, RunState, end_run, latest_run
from polidat.lake import (
    Dataset,
    DatasetVersion,
    NoSuchUpload,
    Upload,
    UploadState,
    commit_version,
    upload_subject,
    write_tables,
)

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Workshop:
    """Where ingestion works: the database, the lake's root, the inbox of uploads, and how texts become vectors."""

    database: Database
    lake: Path
    inbox: Path
    embed: Embed | None
    clock: Clock


def run_ingest(workshop: Workshop, upload_id: str) -> None:
    """Do the job of an upload and note in its run how it ended. Safe to repeat: one upload commits once.

    What the person can act on ends the run as failed or cancelled; only Unavailable is raised, to be tried again.
    """
    with workshop.database.reading() as session:
        run = latest_run(session, upload_subject(upload_id))
    if run is None or run.is_over:
        return
    progress = RunProgress(workshop.database, run.id, workshop.clock)
    try:
        ingest_upload(workshop, upload_id, progress)
    except Unavailable:
        raise
    except Cancelled as stopped:
        _end(workshop, upload_id, run.id, RunState.CANCELLED, stopped.says)
    except Refused as refused:
        _end(workshop, upload_id, run.id, RunState.FAILED, refused.says)
    except Exception as error:
        says = "Something went wrong on our side while reading this upload. Nothing was changed; we were told."
        _end(workshop, upload_id, run.id, RunState.FAILED, error.says if isinstance(error, PoliDatError) else says)
        raise
    else:
        _end(workshop, upload_id, run.id, RunState.DONE, "")


def ingest_upload(workshop: Workshop, upload_id: str, progress: Progress) -> DatasetVersion:
    """Read, profile, validate, chunk and commit an upload, and return its version.

    Raises what stops it as a sentence for the person; then nothing is committed and readers see what they saw.
    """
    upload, dataset, made = _find(workshop.database, upload_id)
    if made is not None:
        return made
    folder = workshop.inbox / upload_id
    with tempfile.TemporaryDirectory(prefix="work_", dir=folder) as own:  # a try of its own, should two run at once
        work = Path(own)
        prepared = prepare(folder / "source", _shown_name(upload), work, progress=progress, embed=workshop.embed)
        kind = dataset.kind or choose_kind([each.staged for each in prepared.tables])
        report = _validated(dataset, kind, prepared, progress)
        _keep_reports(folder, prepared, report)
        progress("commit")
        written = write_tables(workshop.lake, dataset.store, dataset.slug, prepared.staged)
        with workshop.database.unit_of_work() as session:
            return commit_version(
                session,
                session.get_one(Dataset, dataset.id),
                written,
                upload=session.get_one(Upload, upload.id),
                kind=kind,
                rejected_rows=prepared.rejected_rows,
                profiles=_profiles(prepared),
                reading=prepared.report(),
                validation=report.as_json(),
                is_blocked=report.blocked,
                now=workshop.clock(),
            )


def _find(database: Database, upload_id: str) -> tuple[Upload, Dataset, DatasetVersion | None]:
    with database.reading() as session:
        upload = session.scalar(select(Upload).where(Upload.public_id == upload_id))
        if upload is None:
            raise NoSuchUpload
        made = session.scalar(select(DatasetVersion).where(DatasetVersion.upload_id == upload.id))
        return upload, session.get_one(Dataset, upload.dataset_id), made


def _shown_name(upload: Upload) -> str:
    return upload.file_names[0] if len(upload.file_names) == 1 else "upload"


def _validated(dataset: Dataset, kind: str, prepared: Prepared, progress: Progress) -> ValidationReport:
    suite = parse_suite(dataset.suite) if dataset.suite else suite_for(kind)
    return validate([each.staged for each in prepared.tables], suite, progress=progress)


def _profiles(prepared: Prepared) -> dict[str, Any]:
    report = prepared.report()
    return {each["name"]: each["profile"] for each in report["tables"]}


def _keep_reports(folder: Path, prepared: Prepared, report: ValidationReport) -> None:
    """A folder a person can read, whatever happens next."""
    (folder / "reading.json").write_text(json.dumps(prepared.report(), indent=1, default=str))
    (folder / "validation.json").write_text(json.dumps(report.as_json(), indent=1, default=str))


def _end(workshop: Workshop, upload_id: str, run_id: int, state: RunState, problem: str) -> None:
    now = workshop.clock()
    with workshop.database.unit_of_work() as session:
        end_run(session, run_id, state, now=now, problem=problem)
        if state != RunState.DONE:
            _refuse(session, upload_id, problem)


def _refuse(session: Session, upload_id: str, problem: str) -> None:
    upload = session.scalar(select(Upload).where(Upload.public_id == upload_id))
    if upload is not None and upload.state == UploadState.RECEIVED:
        upload.state, upload.problem = UploadState.REFUSED, problem

"""Ingest an upload in this process, for commands and the demo."""

from typing import TYPE_CHECKING

from polidat.core import Broken, PoliDatError
from polidat.jobs import Progress, RunState, end_run, latest_run
from polidat.lake import DatasetVersion, upload_subject

if TYPE_CHECKING:
    from polidat.wiring.house import House


def ingest_now(house: "House", upload_id: str, progress: Progress) -> DatasetVersion:
    """Do here and now the work of an upload that was received without a job.

    Raises what stops it as a sentence for the person; its run tells the same.
    """
    from pipelines.ingest import ingest_upload  # readers and checks are loaded by who ingests

    with house.reading() as session:
        run = latest_run(session, upload_subject(upload_id))
    if run is None:
        raise Broken("The upload has no run.", upload=upload_id)
    try:
        version = ingest_upload(house.workshop, upload_id, progress)
    except PoliDatError as stopped:
        with house.unit_of_work() as session:
            end_run(session, run.id, RunState.FAILED, now=house.now(), problem=stopped.says)
        raise
    with house.unit_of_work() as session:
        end_run(session, run.id, RunState.DONE, now=house.now())
    return version

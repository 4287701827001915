"""Ingest an upload in this process, for commands and the demo."""

from typing import TYPE_CHECKING

from pipelines.ingest import ingest_upload, run_ingest
from polidat.core import Broken
from polidat.jobs import Progress, RunState, end_run, latest_run
from polidat.lake import DatasetVersion, upload_subject

if TYPE_CHECKING:
    from polidat.wiring.house import House

__all__ = ["ingest_now", "run_ingest"]


def ingest_now(house: "House", upload_id: str, progress: Progress) -> DatasetVersion:
    """Do an upload's job here and now; the queued one finds the run over and does nothing.

    Raises what stops it as a sentence for the person.
    """
    version = ingest_upload(house.workshop, upload_id, progress)
    with house.unit_of_work() as session:
        run = latest_run(session, upload_subject(upload_id))
        if run is None:
            raise Broken("The upload has no run.", upload=upload_id)
        end_run(session, run.id, RunState.DONE, now=house.now())
    return version

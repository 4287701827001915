"""Background work: queue, progress, cancel."""

from polidat.jobs.backlog import Backlog, job_backlog
from polidat.jobs.models import Run, RunState
from polidat.jobs.progress import Cancelled, Progress, unheard
from polidat.jobs.queue import Job, JobQueue, defer
from polidat.jobs.runs import RunProgress, ask_to_cancel, end_run, failed_runs, latest_run, start_run

__all__ = [
    "Backlog",
    "Cancelled",
    "Job",
    "JobQueue",
    "Progress",
    "Run",
    "RunProgress",
    "RunState",
    "ask_to_cancel",
    "defer",
    "end_run",
    "failed_runs",
    "job_backlog",
    "latest_run",
    "start_run",
    "unheard",
]

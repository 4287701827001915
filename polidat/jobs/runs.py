"""Start, follow and cancel a run."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from polidat.db import Database
from polidat.jobs.models import Run, RunState
from polidat.jobs.progress import Cancelled

_TELL_EVERY = timedelta(milliseconds=300)


def start_run(session: Session, kind: str, subject: str, *, now: datetime) -> Run:
    """Note that work on `subject` (such as `upload:upl_…`) is queued."""
    run = Run(kind=kind, subject=subject, created_at=now, updated_at=now)
    session.add(run)
    session.flush()
    return run


def latest_run(session: Session, subject: str) -> Run | None:
    """Return the newest run on the subject, or None."""
    return session.scalar(select(Run).where(Run.subject == subject).order_by(Run.id.desc()).limit(1))


def failed_runs(session: Session, *, limit: int = 50) -> Sequence[Run]:
    """Return the runs that failed, newest first."""
    failed = select(Run).where(Run.state == RunState.FAILED)
    return session.scalars(failed.order_by(Run.id.desc()).limit(limit)).all()


def ask_to_cancel(session: Session, run_id: int) -> None:
    """Ask a run to stop at its next report. One that has not begun is cancelled at once."""
    session.execute(update(Run).where(Run.id == run_id).values(cancel_asked=True))
    waiting = (Run.id == run_id) & (Run.state == RunState.QUEUED)
    session.execute(update(Run).where(waiting).values(state=RunState.CANCELLED))


def end_run(session: Session, run_id: int, state: RunState, *, now: datetime, problem: str = "") -> None:
    """Note how a run ended; `problem` is the sentence people see."""
    session.execute(update(Run).where(Run.id == run_id).values(state=state, problem=problem, updated_at=now))


class RunProgress:
    """A Progress that people can watch: each report goes to the run's row, at most a few times a second."""

    def __init__(self, database: Database, run_id: int, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._run_id = run_id
        self._clock = clock
        self._told_at: datetime | None = None
        self._step = ""

    def __call__(self, step: str, done: int = 0, total: int | None = None, note: str = "") -> None:
        """Tell it; raises Cancelled when somebody asked the run to stop."""
        now = self._clock()
        if step == self._step and self._told_at is not None and now - self._told_at < _TELL_EVERY:
            return
        self._step, self._told_at = step, now
        told = (
            update(Run)
            .where(Run.id == self._run_id)
            .values(state=RunState.RUNNING, step=step, done=done, total=total, note=note, updated_at=now)
        )
        with self._database.unit_of_work() as session:
            asked = session.scalar(told.returning(Run.cancel_asked))
        if asked:
            raise Cancelled(step)

"""The queue: a job exists exactly when the transaction that asked for it is committed."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy.orm import Session

from polidat.core import Unavailable

_RETRY = procrastinate.RetryStrategy(max_attempts=20, exponential_wait=2, retry_exceptions=[Unavailable])
_STALLED_AFTER_S = 30
_RESCUE_EVERY_S = 10


@dataclass(frozen=True)
class Job:
    """A job function under its name; `cron` makes it run by itself as well."""

    name: str
    do: Callable[..., None]
    queue: str = "default"
    cron: str | None = None


class JobQueue:
    """Jobs by name over one PostgreSQL. Deferring needs no connection of its own; `work` runs a worker."""

    def __init__(self, conninfo: str) -> None:
        connector = procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=6)
        self._app = procrastinate.App(connector=connector)
        # never opened: what is deferred travels on the session's own connection, also while a worker runs
        self._deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=conninfo))
        self._jobs: dict[str, Job] = {}

    def add(self, job: Job) -> None:
        """Make the job known under its name, before the first worker starts."""
        self._jobs[job.name] = job
        if job.cron is None:
            self._app.task(name=job.name, queue=job.queue, retry=_RETRY)(job.do)
            return

        def run_when_due(timestamp: int) -> None:
            job.do()

        task = self._app.task(name=job.name, queue=job.queue, retry=_RETRY)(run_when_due)
        self._app.periodic(cron=job.cron)(task)

    def defer(self, session: Session, name: str, *, once: str | None, at: datetime | None, **arguments: Any) -> bool:
        """Queue the job within the session's transaction; False when `once` names one that already waits."""
        try:
            with session.begin_nested():
                # asked for inside: the savepoint is set only when its connection is first used
                connection = session.connection().connection.driver_connection
                task = self._deferring.configure_task(
                    name,
                    allow_unknown=True,
                    queue=self._jobs[name].queue,
                    queueing_lock=once,
                    schedule_at=at,
                    connection=connection,
                )
                task.defer(**arguments)
        except AlreadyEnqueued:
            return False
        return True

    def work(self, stop: threading.Event, *, concurrency: int = 2) -> None:
        """Run jobs until `stop` is set; jobs of a worker that died are taken up again."""
        asyncio.run(self._work(stop, concurrency))

    async def _work(self, stop: threading.Event, concurrency: int) -> None:
        async with self._app.open_async():
            worker = asyncio.create_task(
                self._app.run_worker_async(
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=2.0,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=20,
                )
            )
            rescue = asyncio.create_task(self._rescue())
            while not stop.is_set() and not worker.done():
                await asyncio.sleep(0.1)
            rescue.cancel()
            worker.cancel()
            await asyncio.gather(worker, rescue, return_exceptions=True)

    async def _rescue(self) -> None:
        """Jobs whose worker stopped beating are tried again; bodies are idempotent."""
        manager = self._app.job_manager
        while True:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_S):
                await manager.retry_job(job)
            await asyncio.sleep(_RESCUE_EVERY_S)


def defer(
    session: Session, name: str, *, once: str | None = None, at: datetime | None = None, **arguments: Any
) -> bool:
    """Queue a job in this transaction: it exists exactly when its cause does.

    `once` is a key: while a job with it waits, no second one is queued and False is returned.
    """
    queue: JobQueue = session.info["jobs"]
    return queue.defer(session, name, once=once, at=at, **arguments)

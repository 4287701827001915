"""Runs: what people see of long work."""

import enum
from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base


class RunState(enum.StrEnum):
    """Where a run is."""

    QUEUED = "queued"  # waits for a worker
    RUNNING = "running"  # a worker has it
    DONE = "done"  # finished, its effect is committed
    FAILED = "failed"  # refused or broken, `problem` says why; nothing was changed
    CANCELLED = "cancelled"  # stopped as asked; nothing was changed


class Run(Base):
    """One piece of long work: its subject, its step, and whether it was asked to stop."""

    __tablename__ = "job_run"
    __table_args__ = (Index(None, "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=RunState.QUEUED)
    step: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (RunState.DONE, RunState.FAILED, RunState.CANCELLED)

"""How long work tells where it is, and learns that it should stop."""

from typing import Protocol

from polidat.core import Conflict


class Cancelled(Conflict):
    """Somebody asked this job to stop. What it had not committed is gone; nothing else changed."""

    def __init__(self, step: str) -> None:
        super().__init__(f"Stopped while at “{step}”, as asked. Nothing was changed.", step=step)


class Progress(Protocol):
    """Told at every step and now and then within one; raises Cancelled when the job should stop."""

    def __call__(self, step: str, done: int = 0, total: int | None = None, note: str = "") -> None: ...


def unheard(step: str, done: int = 0, total: int | None = None, note: str = "") -> None:
    """A progress nobody listens to, for calls outside of a job."""

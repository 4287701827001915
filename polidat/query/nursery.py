"""The app's side of a worker: asking the nursery for one, speaking with it, ending it."""

import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic

import polidat
from polidat.query.errors import QueryRoomClosed
from polidat.query.frames import READY, LineCut, receive_frame
from polidat.query.grants import Grant

BIRTH_S = 20.0
# The whole environment of a worker: nothing of ours is in it. The two memory settings keep the nursery at one thread.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "HOME": "/nonexistent",
    "PYTHONPATH": str(Path(polidat.__file__).parents[1]),
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


class Worker:
    """One worker process. `grant` is what it opened, which it keeps for life; `uses` counts its queries."""

    def __init__(self, line: socket.socket, pid: int, handle: int, walls: dict[str, bool]) -> None:
        self.line = line
        self.pid = pid
        self.walls = walls
        self.grant: Grant | None = None
        self.described: list[dict[str, object]] = []
        self.uses = 0
        self._handle = handle
        self._ending = Lock()

    def lives(self) -> bool:
        """Whether the process still runs."""
        with self._ending:
            if self._handle < 0:
                return False
            ended = select.poll()  # not select(), which knows no descriptor above 1,023
            ended.register(self._handle, select.POLLIN)
            return not ended.poll(0)

    def kill(self) -> None:
        """End the process now, whatever it does. Safe to call twice, and from two threads at once."""
        with self._ending:  # a handle closed twice could by then be another worker's
            if self._handle < 0:
                return
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            os.close(self._handle)
            self._handle = -1
        self.line.close()


class Nursery:
    """The process that forks workers. It is started again when it was lost."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._closed = False

    def bear(self) -> Worker:
        """A new worker that is ready to open a grant. Raises QueryRoomClosed when none can be had."""
        with self._lock:
            for _ in range(2):
                if self._closed:
                    break
                try:
                    return self._bear()
                except (OSError, LineCut, ValueError):
                    self._end()
        raise QueryRoomClosed("no worker could be started")

    def close(self) -> None:
        """End the nursery, and with it every worker."""
        with self._lock:
            self._closed = True
            self._end()

    def _bear(self) -> Worker:
        control = self._control or self._start()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(control, [b"w"], [theirs.fileno()])
            message, handed, _, _ = socket.recv_fds(control, 32, 1)
            if not message:
                raise LineCut("the nursery is gone")
        except BaseException:
            ours.close()
            raise
        worker = Worker(ours, int(message), handed[0], {})
        try:
            ready = receive_frame(ours, until=monotonic() + BIRTH_S)
            if ready.kind != READY:
                raise LineCut("the worker did not say it is ready")
            worker.walls = ready.json()["walls"]
        except BaseException:
            worker.kill()
            raise
        return worker

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, with no word of anybody else's
                [sys.executable, "-P", "-s", "-m", "polidat.query.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=_ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control = ours
        ours.settimeout(BIRTH_S)
        if ours.recv(1) != b"r":
            raise LineCut("the nursery did not start")
        return ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

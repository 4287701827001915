"""The third wall: processes that run one query at a time with nothing within reach but the granted files.

`python -m polidat.query.worker FD` is the nursery: a process with one thread and everything imported, that forks a
worker for each socket it is sent and never runs SQL itself. Forking the app instead would copy its threads' locks,
its secrets and its connections; starting Python anew for each worker would cost 0.4 s.
"""

import gc
import logging
import os
import select
import signal
import socket
import sys
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from polidat.core import Broken, PoliDatError
from polidat.query import sandbox, second_reading
from polidat.query.engine import Answer, Engine, answer_as_json, answer_select, check_here, describe, open_engine
from polidat.query.errors import QueryNeedsTooMuchMemory, error_as_json
from polidat.query.frames import BATCH, DONE, FAILED, OPEN, READY, RUN, LineCut, receive_frame, send_frame, send_json
from polidat.query.grants import Grant, grant_from_json
from polidat.query.limits import MIB

_LOADED = (second_reading,)  # the guard loads sqlglot late; here it is there before a worker is forked
# What DuckDB cannot count inside `memory_limit` (long strings, thread stacks, allocator arenas) gets this on top.
UNCOUNTED_BYTES = 512 * MIB
# sqlglot takes some 20 Python frames for each bracket it enters; the default limit of 1,000 is meant for an app.
_FRAMES_MAX = 5_000
# Read by DuckDB, ICU and glibc (time zones, processors and memory of the machine), and Python code imported late.
_FOLDERS = (
    "/usr/share/zoneinfo",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    str(Path(__file__).parents[1]),
    *(sysconfig.get_path(each) for each in ("stdlib", "platstdlib", "purelib", "platlib")),
)
_FILES = ("/proc/meminfo", "/proc/self/cgroup", "/proc/self/statm", "/dev/null", "/dev/urandom")


def run_nursery(control: socket.socket, *, born: Callable[[socket.socket], None]) -> None:
    """Fork a worker for each socket that arrives on `control`; answer with its process handle. Ends with the app.

    `born` is what a worker does with its socket.
    """
    app = os.getppid()
    control.sendall(b"r")
    while True:
        heard, _, _ = select.select([control], [], [], 1.0)
        _reap()
        if os.getppid() != app:
            return
        if not heard:
            continue
        message, handed, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        _fork_worker(control, handed[0], born)


def _fork_worker(control: socket.socket, line_fd: int, born: Callable[[socket.socket], None]) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            sandbox.die_with_parent()
            control.close()
            born(socket.socket(fileno=line_fd))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(line_fd)
    # The child is not reaped before this: the handle is surely its own, where a number could be another's by now.
    handle = os.pidfd_open(pid)
    socket.send_fds(control, [str(pid).encode()], [handle])
    os.close(handle)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def live_as_worker(line: socket.socket) -> None:
    """Put up the walls that need no grant, say which stand, then answer until the line is cut."""
    warm_up()
    null = os.open(os.devnull, os.O_RDWR)
    for each in (0, 1, 2):  # from here on a stranger's words could fill the log
        os.dup2(null, each)
    logging.disable()
    first_killed = sandbox.prefer_for_killing()
    walls = {"first_killed": first_killed, **put_up_walls()}
    sandbox.limit_process()
    sandbox.die_with_parent()  # again: some changes of rights make the kernel forget it
    try:
        send_json(line, READY, {"walls": walls})
        serve(line, Walls())
    except LineCut:
        return


def put_up_walls() -> dict[str, bool]:
    """The walls that need no grant; says which stand. They bind this thread and those it starts.

    `files_only` goes up when a worker opens its files; here the kernel is only asked whether it can.
    """
    return {
        "no_new_rights": sandbox.forbid_new_rights(),
        "no_network": sandbox.leave_network(),
        "no_capabilities": sandbox.drop_capabilities(),
        "files_only": sandbox.knows_landlock(),
        "no_syscalls": sandbox.forbid_syscalls(),
    }


def warm_up() -> None:
    """Run one query on nothing, so that the first real one finds every import done."""
    engine = open_engine(Grant((), 64 * MIB, 1))
    list(answer_select(engine, check_here(engine, "SELECT upper('one') AS one"), Answer(), rows_max=1, bytes_max=MIB))
    engine.connection.close()


class Walls:
    """What binds a worker to its grant and to the limits of each query."""

    def shut_in(self, grant: Grant) -> None:
        """Leave only the files of the grant. There is no way back: a worker serves one grant in its life."""
        files = [file for table in grant.tables for file in table.files]
        if not sandbox.allow_files_only([*files, *_FILES], _FOLDERS) and sandbox.knows_landlock():
            raise Broken("The query could not be answered.", why="the kernel can close files to us, but did not")

    def bound_memory(self, grant: Grant) -> None:
        """What this process may map from now on: the memory of the grant, and what DuckDB does not count."""
        sandbox.limit_memory(grant.memory_bytes + UNCOUNTED_BYTES)

    def bound_time(self, grant: Grant, time_s: float) -> None:
        """The deadline is the pool's; here the kernel ends a process that computes far beyond it."""
        sandbox.limit_cpu((int(time_s) + 1) * grant.threads + 5)


def serve(line: socket.socket, walls: Walls) -> None:
    """Answer OPEN once and RUN as often as asked. Ends after an error that may have left something behind.

    Raises LineCut when the pool goes away.
    """
    engine: Engine | None = None
    while True:
        frame = receive_frame(line)
        try:
            if frame.kind == OPEN and engine is None:
                grant = grant_from_json(frame.json())
                walls.shut_in(grant)
                engine = open_engine(grant)
                walls.bound_memory(grant)
                send_json(line, DONE, {"tables": describe(engine)})
            elif frame.kind == RUN and engine is not None:
                asked = frame.json()
                walls.bound_time(engine.grant, asked["time_s"])
                _run(line, engine, asked)
            else:
                return
        except PoliDatError as error:
            send_json(line, FAILED, error_as_json(error))
            if isinstance(error, QueryNeedsTooMuchMemory) or engine is None:
                return
        except MemoryError:
            send_json(line, FAILED, error_as_json(QueryNeedsTooMuchMemory(0)))
            return
        except LineCut:
            raise
        except Exception as error:  # a fault of ours: said, and this process is not used again
            send_json(line, FAILED, error_as_json(Broken("The query could not be answered.", why=repr(error))))
            return


def _run(line: socket.socket, engine: Engine, asked: dict[str, Any]) -> None:
    """Check one query, answer it, say how it ended."""
    began = monotonic()
    answered = Answer()
    checked = check_here(engine, asked["sql"])
    for piece in answer_select(engine, checked, answered, rows_max=asked["rows_max"], bytes_max=asked["bytes_max"]):
        if piece:
            send_frame(line, BATCH, piece)
    send_json(line, DONE, {**answer_as_json(answered), "elapsed_ms": (monotonic() - began) * 1000})


def main() -> None:
    """The nursery's entry: its socket to the app is the file descriptor named by the only argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the app, which then cuts the line
    sys.setrecursionlimit(_FRAMES_MAX)
    gc.collect()
    gc.freeze()  # workers share these pages as long as nobody writes to them
    with socket.socket(fileno=int(sys.argv[1])) as control:
        run_nursery(control, born=live_as_worker)
    os._exit(0)  # at once: there is nothing to tidy, and DuckDB's binding reports leaks at a usual exit


if __name__ == "__main__":
    main()

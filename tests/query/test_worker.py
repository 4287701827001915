"""What runs inside a worker, run here in this process, with a socket pair and no walls."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest

from polidat.core import Broken
from polidat.lake import ReadableTable
from polidat.query import FunctionNotAllowed, QueryFailed, QueryNeedsTooMuchMemory
from polidat.query.engine import Engine, open_engine
from polidat.query.errors import restore_error
from polidat.query.frames import BATCH, DONE, FAILED, OPEN, RUN, Frame, LineCut, receive_frame, send_json
from polidat.query.grants import Grant, grant_tables
from polidat.query.worker import Walls, run_nursery, serve, warm_up

ASKED = {"time_s": 5.0, "rows_max": 10, "bytes_max": 2**20}


class NoWalls(Walls):
    """Remembers what would have been shut in: this process must stay as it is."""

    def __init__(self) -> None:
        self.grants: list[Grant] = []

    def shut_in(self, grant: Grant) -> None:
        self.grants.append(grant)

    def bound_memory(self, grant: Grant) -> None:
        assert self.grants == [grant]

    def bound_time(self, grant: Grant, time_s: float) -> None:
        assert time_s > 0


@contextmanager
def _served(walls: "NoWalls | None" = None) -> Iterator[socket.socket]:
    ours, theirs = socket.socketpair()

    def live() -> None:
        with theirs:
            try:
                serve(theirs, walls or NoWalls())
            except LineCut:
                return

    thread = Thread(target=live)
    thread.start()
    with ours:
        yield ours
    thread.join(timeout=10)
    assert not thread.is_alive()


def _frames(line: socket.socket) -> list[Frame]:
    frames = [receive_frame(line)]
    while frames[-1].kind == BATCH:
        frames.append(receive_frame(line))
    return frames


def _opened(line: socket.socket, tables: list[ReadableTable], memory_bytes: int = 2**28) -> dict[str, Any]:
    send_json(line, OPEN, grant_tables(tables, memory_bytes=memory_bytes, threads=1).as_json())
    return receive_frame(line).json()


def test_a_worker_opens_its_grant_once_and_answers_with_an_arrow_stream(tables: list[ReadableTable]):
    walls = NoWalls()
    with _served(walls) as line:
        described = _opened(line, tables)["tables"]
        send_json(line, RUN, {**ASKED, "sql": "SELECT id, state FROM polls ORDER BY id"})
        *batches, done = _frames(line)

    assert [each["name"] for each in described] == ["polls", "counties"]
    assert walls.grants[0].tables[0].name == "polls"
    table = pa.ipc.open_stream(b"".join(each.body for each in batches)).read_all()
    assert table.column("id").to_pylist() == list(range(10))
    assert done.kind == DONE
    assert done.json()["truncated"] is True
    assert done.json()["columns"] == [["id", "BIGINT"], ["state", "VARCHAR"]]
    assert done.json()["scanned_rows"] == 2000
    assert done.json()["scanned_bytes"] > 0


def test_refusals_leave_the_worker_in_service(tables: list[ReadableTable]):
    with _served() as line:
        _opened(line, tables)
        kinds: list[type] = []
        for sql in ["SELECT getenv('HOME')", "SELECT nope FROM polls", "SELECT 'a'::INT FROM polls"]:
            send_json(line, RUN, {**ASKED, "sql": sql})
            failed = _frames(line)[-1]
            assert failed.kind == FAILED
            kinds.append(type(restore_error(failed.json())))
        send_json(line, RUN, {**ASKED, "sql": "SELECT 1"})

        assert _frames(line)[-1].kind == DONE

    assert kinds == [FunctionNotAllowed, QueryFailed, QueryFailed]


def test_a_worker_that_ran_out_of_memory_ends_itself(tables: list[ReadableTable]):
    with _served() as line:
        _opened(line, tables, memory_bytes=2**25)
        send_json(line, RUN, {**ASKED, "sql": "SELECT list(i) FROM range(1000000000) t(i)"})

        assert isinstance(restore_error(_frames(line)[-1].json()), QueryNeedsTooMuchMemory)
        with pytest.raises(LineCut):
            receive_frame(line)


def test_a_fault_of_ours_is_said_and_the_worker_ends(tables: list[ReadableTable]):
    with _served() as line:
        _opened(line, tables)
        send_json(line, RUN, {"sql": "SELECT 1"})

        assert isinstance(restore_error(receive_frame(line).json()), Broken)
        with pytest.raises(LineCut):
            receive_frame(line)


def test_a_query_before_any_grant_ends_the_worker():
    with _served() as line:
        send_json(line, RUN, {**ASKED, "sql": "SELECT 1"})

        with pytest.raises(LineCut):
            receive_frame(line)


def test_warming_up_leaves_nothing_open():
    warm_up()

    assert not [each for each in Path("/proc/self/fd").iterdir() if str(each.resolve()).endswith(".parquet")]


def test_the_nursery_forks_a_worker_for_each_socket_and_ends_with_its_line():
    ours, theirs = socket.socketpair()
    line, workers_line = socket.socketpair()

    def born(given: socket.socket) -> None:
        given.sendall(b"hello")

    with theirs, ours, line:
        thread = Thread(target=lambda: run_nursery(theirs, born=born))
        thread.start()
        assert ours.recv(1) == b"r"
        with workers_line:
            socket.send_fds(ours, [b"w"], [workers_line.fileno()])
        message, handles, _, _ = socket.recv_fds(ours, 32, 1)
        os.close(handles[0])

        assert int(message) > 0
        assert line.recv(5) == b"hello"
        ours.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)

    assert not thread.is_alive()


def test_an_engine_is_one_locked_connection(tables: list[ReadableTable]):
    engine = open_engine(grant_tables(tables, memory_bytes=2**28, threads=1))

    assert isinstance(engine, Engine)
    settings = engine.connection.execute(
        "SELECT name, value FROM duckdb_settings() WHERE name IN "
        "('enable_external_access', 'lock_configuration', 'autoload_known_extensions', 'python_enable_replacements', "
        "'TimeZone', 'temp_directory') ORDER BY name"
    ).fetchall()
    assert dict(settings) == {
        "TimeZone": "UTC",
        "autoload_known_extensions": "false",
        "enable_external_access": "false",
        "lock_configuration": "true",
        "python_enable_replacements": "false",
        "temp_directory": "",
    }
    engine.connection.close()

"""The walls of the kernel. All but the limits bind the thread that puts them up, so each test lets one thread end."""

import os
import platform
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest

from polidat.lake import ReadableTable
from polidat.query import sandbox
from polidat.query.engine import open_engine
from polidat.query.grants import grant_tables
from polidat.query.worker import Walls, put_up_walls

needs_landlock = pytest.mark.skipif(not sandbox.knows_landlock(), reason="this kernel has no Landlock")


def _in_a_thread(work: Callable[[], Any]) -> Any:
    """What the work returns, or the exception it raised."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            results.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return results[0]


@needs_landlock
def test_only_the_listed_files_and_folders_can_be_opened_and_only_for_reading(tmp_path: Path):
    granted, other, folder = tmp_path / "granted", tmp_path / "other", tmp_path / "folder"
    granted.write_text("yes")
    other.write_text("no")
    folder.mkdir()
    (folder / "inside").write_text("also")

    def work() -> tuple[Any, ...]:
        sandbox.forbid_new_rights()
        closed = sandbox.allow_files_only([str(granted), str(tmp_path / "missing")], [str(folder)])
        return (
            closed,
            granted.read_text(),
            (folder / "inside").read_text(),
            _error(lambda: other.read_text()),
            _error(lambda: granted.write_text("changed")),
            _error(lambda: (folder / "new").write_text("")),
            _error(lambda: list(Path("/etc").iterdir())),
        )

    assert _in_a_thread(work) == (True, "yes", "also", *[PermissionError] * 4)
    assert other.read_text() == "no"


@needs_landlock
def test_not_even_duckdb_can_write_over_a_granted_file(tables: list[ReadableTable]):
    """The lock of DuckDB alone lets COPY write to an allowed path; the kernel does not."""
    grant = grant_tables(tables, memory_bytes=2**28, threads=1)
    before = Path(tables[0].files[0]).read_bytes()
    path = tables[0].files[0].replace("'", "''")

    def work() -> Any:
        sandbox.forbid_new_rights()
        Walls().shut_in(grant)
        engine = open_engine(grant)
        try:
            return _error(lambda: engine.connection.execute(f"COPY (SELECT 1) TO '{path}' (FORMAT parquet)"))
        finally:
            engine.connection.close()

    assert issubclass(_in_a_thread(work), duckdb.Error)
    assert Path(tables[0].files[0]).read_bytes() == before


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no list of calls for this machine")
def test_sockets_and_programs_are_forbidden():
    def work() -> tuple[Any, ...]:
        sandbox.forbid_new_rights()
        return (
            sandbox.forbid_syscalls(),
            _error(lambda: socket.socket()),
            _error(lambda: socket.socketpair()),
            _error(lambda: os.execv("/bin/true", ["true"])),
            _error(lambda: os.kill(os.getpid(), 0)),
            Path("/proc/self/stat").exists(),
        )

    assert _in_a_thread(work) == (True, *[PermissionError] * 4, True)


def test_an_unknown_machine_gets_no_filter(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    assert not sandbox.forbid_syscalls()


def test_without_capabilities_root_cannot_change_what_belongs_to_another():
    if os.geteuid() != 0:
        pytest.skip("only root has capabilities to lose")

    def work() -> tuple[Any, ...]:
        return sandbox.drop_capabilities(), _error(lambda: os.chroot("/")), _error(lambda: os.nice(-1))

    assert _in_a_thread(work) == (True, PermissionError, PermissionError)


def test_all_walls_together_leave_a_thread_that_can_still_compute():
    def work() -> tuple[Any, ...]:
        walls = put_up_walls()
        return walls, sum(range(10)), _error(lambda: socket.socket())

    walls, computed, error = _in_a_thread(work)

    assert computed == 45
    assert walls["no_new_rights"]
    assert error is PermissionError or not walls["no_syscalls"]


def test_the_empty_network_reaches_nobody():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def work() -> Any:
            if not sandbox.leave_network():
                return OSError
            return _error(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())

        assert issubclass(_in_a_thread(work), OSError)


@pytest.mark.parametrize(
    ("limit", "then", "expected"),
    [
        ("limit_process()", "open('/proc/self/oom_score_adj').read(); open('x', 'w').write('y' * 10_000)", -25),
        ("limit_memory(50_000_000)", "x = bytearray(200_000_000)", 1),
        ("limit_cpu(1)", "[0 for _ in iter(int, 1)]", -24),
        ("prefer_for_killing()", "assert open('/proc/self/oom_score_adj').read() == '1000\\n'", 0),
        ("die_with_parent()", "pass", 0),
    ],
)
def test_a_process_that_passes_its_limit_is_stopped(limit: str, then: str, expected: int, tmp_path: Path):
    script = "import signal; signal.signal(25, signal.SIG_DFL)\nfrom polidat.query import sandbox\n"
    script += f"sandbox.{limit}\n{then}"
    environment = {"PATH": "/usr/bin", "PYTHONPATH": str(Path(__file__).parents[2])}

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False
    )

    assert done.returncode == expected


def test_limits_are_lowered_and_the_hard_ones_kept():
    kept = resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CPU)
    try:
        sandbox.limit_memory(2**40)
        sandbox.limit_cpu(10_000)

        assert resource.getrlimit(resource.RLIMIT_AS)[0] > 2**40
        assert resource.getrlimit(resource.RLIMIT_AS)[1] == kept[0][1]
    finally:
        resource.setrlimit(resource.RLIMIT_AS, kept[0])
        resource.setrlimit(resource.RLIMIT_CPU, kept[1])


def _error(work: Callable[[], Any]) -> Any:
    """The type of what the work raises."""
    try:
        work()
    except Exception as error:
        return type(error)
    return None

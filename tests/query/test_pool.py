"""The pool: places, queue, reuse, and what happens when processes die."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import pytest

from polidat.lake import ReadableTable
from polidat.query import (
    QueryLimits,
    QueryLost,
    QueryPool,
    QueryRoomClosed,
    QueryTookTooLong,
    TableOutOfReach,
    TooManyQueries,
    run_select,
)
from polidat.query.grants import grant_tables
from polidat.query.nursery import Worker
from tests.query.conftest import written_table

LONG = "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) % 7 = 9"
COUNT = "SELECT count(*) AS n FROM polls"


@pytest.fixture
def own_pool() -> Iterator[QueryPool]:
    """A pool of one place, which a test may ruin."""
    with QueryPool(1, queue_s=0.3, queue_max=2, warm_max=1) as opened:
        yield opened


def _running_threads(pid: int) -> list[str]:
    """Name and state of each thread of the process that still runs; without any it has ended."""
    running: list[str] = []
    for each in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            name, _, rest = each.read_text().partition("(")[2].rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if rest.split()[0] not in "ZX":
            running.append(f"{name} {rest.split()[0]}")
    return running


def _left_soon(pid: int) -> list[str]:
    """What of a killed process still runs when there was time enough to end, also on a machine that is busy."""
    until = time.monotonic() + 60
    while (running := _running_threads(pid)) and time.monotonic() < until:
        time.sleep(0.01)
    return running


def _grant(tables: list[ReadableTable]):
    return grant_tables(tables, memory_bytes=2**30, threads=2)


def test_eight_threads_share_two_places_and_all_get_their_own_answer(pool: QueryPool, tables: list[ReadableTable]):
    def ask(number: int) -> list[dict[str, int]]:
        return run_select(pool, tables, f"SELECT {number} AS number, count(*) AS n FROM polls").to_rows()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(40)))

    assert answers == [[{"number": number, "n": 2000}] for number in range(40)]


def test_queries_over_the_same_tables_use_one_process_and_others_another(
    own_pool: QueryPool, tables: list[ReadableTable]
):
    with own_pool.borrow(_grant(tables)) as worker:
        first = worker.pid
    with own_pool.borrow(_grant(tables)) as worker:
        second = worker.pid
    with own_pool.borrow(_grant(tables[:1])) as worker:
        other = worker.pid

    assert first == second != other
    assert _left_soon(first) == [], "only one idle worker is kept, and it is the one used last"


def test_a_random_seed_does_not_survive_its_query(own_pool: QueryPool, tables: list[ReadableTable]):
    draws = [run_select(own_pool, tables, "SELECT random() AS r").to_rows()[0]["r"] for _ in range(3)]

    assert len(set(draws)) == 3


def test_a_worker_killed_in_the_middle_is_told_and_replaced(own_pool: QueryPool, tables: list[ReadableTable]):
    with own_pool.borrow(_grant(tables)) as worker:
        pid = worker.pid
    killer = Timer(0.3, os.kill, (pid, signal.SIGKILL))
    killer.start()

    with pytest.raises(QueryLost, match="Try again"):
        run_select(own_pool, tables, LONG, limits=QueryLimits(time_s=8))

    killer.join()
    assert run_select(own_pool, tables, COUNT).to_rows() == [{"n": 2000}]


def test_an_idle_worker_that_died_costs_no_query(own_pool: QueryPool, tables: list[ReadableTable]):
    with own_pool.borrow(_grant(tables)) as worker:
        pid = worker.pid
    os.kill(pid, signal.SIGKILL)
    assert _left_soon(pid) == []

    assert run_select(own_pool, tables, COUNT).to_rows() == [{"n": 2000}]


def test_a_lost_nursery_is_started_again(own_pool: QueryPool, tables: list[ReadableTable]):
    run_select(own_pool, tables, COUNT)
    with own_pool.borrow(_grant(tables)) as worker:
        nursery = int(Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[1])
        pid = worker.pid
    os.kill(nursery, signal.SIGKILL)

    assert _left_soon(pid) == [], "a worker dies with the process that forked it"
    assert run_select(own_pool, tables, COUNT).to_rows() == [{"n": 2000}]


def test_a_worker_that_dies_as_it_is_taken_costs_no_query(
    own_pool: QueryPool, tables: list[ReadableTable], monkeypatch: pytest.MonkeyPatch
):
    own_pool.walls()
    lives = Worker.lives

    def dies_a_moment_later(worker: Worker) -> bool:
        alive = lives(worker)
        os.kill(worker.pid, signal.SIGKILL)
        return alive

    monkeypatch.setattr(Worker, "lives", dies_a_moment_later)

    assert run_select(own_pool, tables, COUNT).to_rows() == [{"n": 2000}]


def test_a_worker_killed_from_two_sides_at_once_is_let_go_once(
    own_pool: QueryPool, tables: list[ReadableTable], monkeypatch: pytest.MonkeyPatch
):
    with own_pool.borrow(_grant(tables)) as worker:
        closed: list[int] = []
        close = os.close

        def close_slowly(descriptor: int) -> None:
            closed.append(descriptor)
            time.sleep(0.05)
            close(descriptor)

        with monkeypatch.context() as slowly, ThreadPoolExecutor(2) as threads:
            slowly.setattr("polidat.query.nursery.os.close", close_slowly)
            list(threads.map(lambda _: worker.kill(), range(2)))

    assert len(closed) == len(set(closed)), "a handle closed twice may by then be another worker's"


def test_the_deadline_kills_the_process_and_frees_the_place(own_pool: QueryPool, tables: list[ReadableTable]):
    with own_pool.borrow(_grant(tables)) as worker:
        pid = worker.pid

    with pytest.raises(QueryTookTooLong, match=r"0\.3 s"):
        run_select(own_pool, tables, LONG, limits=QueryLimits(time_s=0.3))

    assert _left_soon(pid) == []
    assert run_select(own_pool, tables, COUNT).to_rows() == [{"n": 2000}]


def test_who_waits_too_long_or_in_too_long_a_queue_is_told(own_pool: QueryPool, tables: list[ReadableTable]):
    with own_pool.borrow(_grant(tables)), ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(run_select, own_pool, tables, COUNT) for _ in range(4)]
        errors = [each.exception() for each in asked]

    assert {type(each) for each in errors} == {TooManyQueries}
    assert run_select(own_pool, tables, COUNT).to_rows() == [{"n": 2000}]


def test_a_table_whose_file_is_gone_is_told_without_a_path(own_pool: QueryPool, tmp_path: Path):
    lost = written_table(tmp_path, "lost", "SELECT 1 AS one")
    Path(lost.files[0]).unlink()

    with pytest.raises(TableOutOfReach) as refused:
        run_select(own_pool, [lost], "SELECT * FROM lost")

    assert "lost cannot be read" in refused.value.says
    assert str(tmp_path) not in refused.value.says


def test_closing_ends_every_process_and_refuses_new_queries(tables: list[ReadableTable]):
    pool = QueryPool(1)
    with pool.borrow(_grant(tables)) as worker:
        pid = worker.pid

    pool.close()
    pool.close()

    assert _left_soon(pid) == []
    with pytest.raises(QueryRoomClosed):
        run_select(pool, tables, COUNT)


def test_the_environment_of_a_worker_holds_nothing_of_ours(
    own_pool: QueryPool, tables: list[ReadableTable], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_secret")

    with own_pool.borrow(_grant(tables)) as worker:
        environment = Path(f"/proc/{worker.pid}/environ").read_bytes()

    assert b"sk_test_secret" not in environment
    assert {each.split(b"=")[0] for each in environment.split(b"\0") if each} <= {
        b"LANG", b"TZ", b"HOME", b"PYTHONPATH", b"PYTHONDONTWRITEBYTECODE", b"OPENBLAS_NUM_THREADS",
        b"JE_ARROW_MALLOC_CONF", b"LC_CTYPE",
    }  # fmt: skip


def test_the_walls_of_the_kernel_are_reported(own_pool: QueryPool):
    walls = own_pool.walls()

    assert set(walls) == {
        "no_new_rights", "no_network", "first_killed", "no_capabilities", "files_only", "no_syscalls",
    }  # fmt: skip
    assert walls["no_new_rights"]

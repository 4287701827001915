"""A job exists exactly when its cause is committed, runs, is retried when the world was down, and can be watched."""

import threading
import time

import pytest
from sqlalchemy import text

from polidat.core import Unavailable
from polidat.db import Database
from polidat.jobs import (
    Cancelled,
    Job,
    JobQueue,
    RunProgress,
    RunState,
    ask_to_cancel,
    defer,
    end_run,
    latest_run,
    start_run,
    unheard,
)
from tests.conftest import NOON


@pytest.fixture
def house(new_database):
    """A database whose jobs are real, the queue, and the list its jobs write to."""
    bare = new_database()
    queue = JobQueue(bare.url.replace("+psycopg", ""))
    done: list[str] = []
    queue.add(Job("note", lambda word: done.append(word)))
    queue.add(Job("tick", lambda: done.append("tick"), cron="* * * * *"))
    database = Database(bare.url, surroundings={"jobs": queue, "reactions": {}})
    yield database, queue, done
    database.close()


def defer_then_fail(session):
    defer(session, "note", word="never")
    return 1 / 0


def work_until(queue, met, limit_s=20.0):
    stop = threading.Event()
    worker = threading.Thread(target=queue.work, args=(stop,))
    worker.start()
    end = time.monotonic() + limit_s
    while not met() and time.monotonic() < end:
        time.sleep(0.05)
    stop.set()
    worker.join()


def test_only_the_job_of_a_committed_transaction_runs(house):
    database, queue, done = house
    with pytest.raises(ZeroDivisionError), database.unit_of_work() as session:
        defer_then_fail(session)
    with database.unit_of_work() as session:
        defer(session, "note", word="once")

    def told_twice():
        if "once" in done and "again" not in done and not asked:
            asked.append(1)  # while the worker runs
            with database.unit_of_work() as session:
                defer(session, "note", word="again")
        return "again" in done

    asked: list[int] = []
    work_until(queue, told_twice)

    assert [each for each in done if each != "tick"] == ["once", "again"]


def test_a_job_that_must_wait_only_once_is_not_queued_twice(house):
    database, _, _ = house
    with database.unit_of_work() as session:
        assert defer(session, "note", once="k", word="a") is True
        assert defer(session, "note", once="k", word="b") is False

    with database.reading() as session:
        waiting = session.scalar(text("select count(*) from procrastinate_jobs where status = 'todo'"))
    assert waiting == 1


def test_a_job_is_tried_again_when_the_world_was_down(house):
    database, queue, done = house
    tries = []

    def flaky():
        tries.append(1)
        if len(tries) == 1:
            raise Unavailable("not now")
        done.append("at last")

    queue.add(Job("flaky", flaky))
    with database.unit_of_work() as session:
        defer(session, "flaky")

    work_until(queue, lambda: "at last" in done)

    assert len(tries) == 2


def test_a_run_is_watched_step_by_step_and_stops_when_asked(new_database):
    database = new_database()
    with database.unit_of_work() as session:
        run = start_run(session, "ingest", "upload:1", now=NOON)
    progress = RunProgress(database, run.id, lambda: NOON)

    progress("read", 10, 100, "a.csv")
    progress("read", 20, 100)  # too soon after the first to be told
    with database.unit_of_work() as session:
        seen = latest_run(session, "upload:1")
        ask_to_cancel(session, run.id)

    assert (seen.state, seen.step, seen.done, seen.total, seen.note) == ("running", "read", 10, 100, "a.csv")
    with pytest.raises(Cancelled):
        progress("validate")
    with database.unit_of_work() as session:
        end_run(session, run.id, RunState.CANCELLED, now=NOON, problem="Stopped.")
        assert latest_run(session, "upload:1").is_over


def test_a_run_that_has_not_begun_is_cancelled_at_once(session):
    run = start_run(session, "ingest", "upload:2", now=NOON)

    ask_to_cancel(session, run.id)
    session.expire_all()

    assert latest_run(session, "upload:2").state == RunState.CANCELLED
    assert latest_run(session, "upload:3") is None
    unheard("anything")

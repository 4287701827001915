"""Facts reach the log in order, once, and only when their transaction is committed."""

import threading
from dataclasses import dataclass

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from polidat.events import LogEvent, advance, emit, events_after, run_sequencer, sequence_once


def emit_then_fail(session):
    emit(session, Happened(1))
    session.execute(text("insert into event_head values (true, 0)"))


@dataclass(frozen=True)
class Happened:
    """Something a test did."""

    number: int


def test_committed_facts_get_dense_positions_and_whole_transactions_stay_together(new_database):
    database = new_database()
    for batch in ((1, 2), (3,), (4, 5)):
        with database.unit_of_work() as session:
            for number in batch:
                emit(session, Happened(number))

    with database.unit_of_work() as session:
        moved = sequence_once(session)

    with database.reading() as session:
        log = session.scalars(select(LogEvent).order_by(LogEvent.position, LogEvent.op)).all()
    assert moved == 5
    assert [(each.position, each.op, each.last, each.payload["number"]) for each in log] == [
        (1, 0, False, 1),
        (1, 1, True, 2),
        (2, 0, True, 3),
        (3, 0, False, 4),
        (3, 1, True, 5),
    ]


def test_a_fact_of_a_transaction_that_fails_is_never_told(new_database):
    database = new_database()
    with pytest.raises(IntegrityError), database.unit_of_work() as session:
        emit_then_fail(session)

    with database.unit_of_work() as session:
        assert sequence_once(session) == 0


def test_what_a_reaction_raises_takes_the_fact_back(new_database):
    def refuse(session, fact):
        raise ValueError(f"no {fact.number}")

    database = new_database(reactions={Happened: (refuse,)})
    with pytest.raises(ValueError, match="no 7"), database.unit_of_work() as session:
        emit(session, Happened(7))

    with database.reading() as session:
        assert session.scalar(text("select count(*) from event_staging")) == 0


def test_a_reader_goes_on_where_it_stopped_and_never_gets_half_a_transaction(new_database):
    database = new_database()
    for batch in ((1,), (2, 3)):
        with database.unit_of_work() as session:
            for number in batch:
                emit(session, Happened(number))
    with database.unit_of_work() as session:
        sequence_once(session)

    with database.unit_of_work() as session:
        first = events_after(session, "mailer", limit=2)
        advance(session, "mailer", first[-1].position)
    with database.unit_of_work() as session:
        second = events_after(session, "mailer")

    assert [each.payload["number"] for each in first] == [1]
    assert [each.payload["number"] for each in second] == [2, 3]


def test_the_sequencer_runs_until_it_is_stopped_and_only_one_works(new_database):
    database = new_database()
    stop = threading.Event()
    runners = [threading.Thread(target=run_sequencer, args=(database, stop)) for _ in range(2)]
    for each in runners:
        each.start()
    for number in range(20):
        with database.unit_of_work() as session:
            emit(session, Happened(number))
    for _ in range(200):
        with database.reading() as session:
            told = session.scalars(select(LogEvent.payload).order_by(LogEvent.position)).all()
        if len(told) == 20:
            break
        stop.wait(0.05)
    stop.set()
    for each in runners:
        each.join()

    assert [each["number"] for each in told] == list(range(20))

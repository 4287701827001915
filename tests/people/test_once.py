"""What is done once, when it is asked for at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from polidat.people import do_once, register
from tests.conftest import NOON


def test_of_two_at_the_same_moment_one_does_it_and_both_hear_what_it_made(new_database):
    database, done, ready = new_database(), list[int](), Barrier(2)
    with database.unit_of_work() as session:
        ada = register(session, "ada@example.org", now=NOON)

    def call(number: int) -> str:
        def work() -> str:
            done.append(number)
            return f"ref_{number}"

        ready.wait(timeout=30)
        with database.unit_of_work() as session:
            return do_once(session, ada, "click", "the same", work, now=NOON)

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(call, (1, 2))

    assert first == second == f"ref_{done[0]}"
    assert len(done) == 1

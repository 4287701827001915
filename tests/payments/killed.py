"""A process that kills itself at the worst moment: `killed MOMENT DATABASE_URL SANDBOX_URL ARGUMENT`."""

import os
import signal
import sys

from polidat.db import Database
from polidat.jobs import Job, JobQueue
from polidat.orders import fulfil_paid
from polidat.payments import (
    PROCESS_EVENT,
    Gateway,
    PaymentSettled,
    open_link,
    process_event,
    receive_event,
    start_onboarding,
)
from polidat.people import Person
from tests.payments.world import RETURN_URL, SECRETS, now


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DiesAfterAsking(Gateway):
    """Stripe has done what it was asked, and we never hear of it."""

    def open_link(self, wish):
        super().open_link(wish)
        die()

    def open_account(self, ref, **wish):
        super().open_account(ref, **wish)
        die()


class DiesAfterFetching(Gateway):
    """The payment was looked up, and nothing of it is written yet."""

    def intent(self, intent_id):
        super().intent(intent_id)
        die()


def main(moment: str, database_url: str, sandbox_url: str, argument: str) -> None:
    queue = JobQueue(database_url.replace("+psycopg", ""))
    queue.add(Job(PROCESS_EVENT, process_event))
    reactions = {PaymentSettled: [fulfil_paid, die] if moment == "before commit" else [fulfil_paid]}
    database = Database(database_url, surroundings={"jobs": queue, "reactions": reactions})
    asking = {"fetched": DiesAfterFetching, "link made": DiesAfterAsking, "account made": DiesAfterAsking}
    gateway = asking.get(moment, Gateway)("sk_test_sim", base_url=sandbox_url)
    if moment == "received":
        signature, _, body = argument.partition("\n")
        with database.unit_of_work() as session:
            receive_event(session, gateway, body.encode(), signature, secrets=SECRETS, now=now())
    elif moment == "link made":
        open_link(database, gateway, argument, now=now())
    elif moment == "account made":
        with database.reading() as session:
            person = session.get_one(Person, int(argument))
        start_onboarding(database, gateway, person, return_url=RETURN_URL, refresh_url=RETURN_URL, now=now())
    else:
        process_event(database, gateway, argument, now=now())
    die()


if __name__ == "__main__":
    main(*sys.argv[1:])

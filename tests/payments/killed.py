"""A process that kills itself at the worst moment: `killed MOMENT DATABASE_URL SANDBOX_URL ARGUMENT`."""

import os
import signal
import sys

from polidat.access import RunTerms, reserve_run
from polidat.core import MICROS, Money
from polidat.db import Database
from polidat.jobs import Job, JobQueue
from polidat.orders import fulfil_paid
from polidat.payments import (
    PROCESS_EVENT,
    Gateway,
    PaymentSettled,
    open_link,
    pay_out,
    process_event,
    receive_event,
    send_refund,
    send_transfer,
    start_onboarding,
    take_back,
)
from polidat.people import Person
from polidat.wiring.reactions import REACTIONS
from tests.payments.world import RETURN_URL, SECRETS, now

ASKING = ("link made", "account made", "transfer sent", "refund asked", "part taken back", "payout asked")


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

    def send(self, wish):
        super().send(wish)
        die()

    def refund(self, wish, *, from_seller):
        super().refund(wish, from_seller=from_seller)
        die()

    def take_back(self, transfer_id, amount_minor, *, cause):
        super().take_back(transfer_id, amount_minor, cause=cause)
        die()

    def pay_out(self, account_id, amount, **wish):
        super().pay_out(account_id, amount, **wish)
        die()


class DiesAfterFetching(Gateway):
    """The payment was looked up, and nothing of it is written yet."""

    def intent(self, intent_id):
        super().intent(intent_id)
        die()


def main(moment: str, database_url: str, sandbox_url: str, argument: str) -> None:
    queue = JobQueue(database_url.replace("+psycopg", ""))
    queue.add(Job(PROCESS_EVENT, process_event))
    reactions = dict(REACTIONS)
    if moment == "before commit":
        reactions[PaymentSettled] = [fulfil_paid, die]
    database = Database(database_url, surroundings={"jobs": queue, "reactions": reactions})
    kind = DiesAfterFetching if moment == "fetched" else DiesAfterAsking if moment in ASKING else Gateway
    gateway = kind("sk_test_sim", base_url=sandbox_url)
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
    elif moment == "transfer sent":
        send_transfer(database, gateway, argument, now=now())
    elif moment == "refund asked":
        send_refund(database, gateway, argument, now=now())
    elif moment == "part taken back":
        transfer_ref, minor, cause = argument.split()
        take_back(database, gateway, transfer_ref, int(minor), cause, now=now())
    elif moment == "payout asked":
        seller, key = argument.split()
        with database.reading() as session:
            person = session.get_one(Person, int(seller))
        pay_out(database, gateway, person, Money(8_500, "usd"), method="standard", key=key)
    elif moment == "run reserved":
        reserve(database, argument)
    else:
        process_event(database, gateway, argument, now=now())
    die()


def reserve(database: Database, argument: str) -> None:
    """A paid run has reserved its price, and dies before it is charged."""
    buyer, dataset, seller = (int(each) for each in argument.split())
    with database.unit_of_work() as session:
        reserve_run(session, RunTerms(buyer, dataset, seller, "query", "usd", 1_500), MICROS, key="run", now=now())


if __name__ == "__main__":
    main(*sys.argv[1:])

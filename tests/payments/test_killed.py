"""kill -9 between any two steps: nothing is lost, nothing is done twice."""

import signal
import subprocess
import sys
import threading

import pytest

from polidat.jobs import Job, JobQueue
from polidat.payments import PROCESS_EVENT, open_link, process_event, start_onboarding, sweep
from tests.payments.world import RETURN_URL, World, now
from tests.stripe_sandbox.conftest import eventually

SOLD = {("A:stripe", "usd"): 1_180, ("X:stripe_fee", "usd"): 320, ("R:commission", "usd"): -1_500}


def killed(world: World, moment: str, argument: str) -> None:
    """Run a process until it dies by its own hand at this moment."""
    url = world.database.url
    command = [sys.executable, "-m", "tests.payments.killed", moment, url, world.sandbox.url, argument]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.fixture
def sale(world: World):
    """A sale that Stripe knows of and we do not: the buyer, the order, the event."""
    buyer = world.person("buyer")
    order = world.bought(buyer, world.listing(world.seller()))
    return buyer, order, world.deliveries("charge.succeeded")[0]


def test_killed_between_webhook_and_posting_the_job_is_still_there(world: World, sale):
    buyer, order, (body, signature) = sale

    killed(world, "received", f"{signature}\n{body.decode()}")

    assert world.rows("select state from stripe_event") == [("received",)]
    assert world.rows("select count(*) from ledger_txn") == [(0,)]
    queue = JobQueue(world.database.url.replace("+psycopg", ""))
    queue.add(Job(PROCESS_EVENT, lambda event_id: process_event(world.database, world.gateway, event_id, now=now())))
    stop = threading.Event()
    worker = threading.Thread(target=queue.work, args=(stop,))
    worker.start()
    eventually(lambda: world.rows("select state from stripe_event") == [("done",)])
    stop.set()
    worker.join()
    assert world.read(buyer, order).is_fulfilled
    assert world.books() == SOLD


@pytest.mark.parametrize("moment", ["fetched", "before commit", "after commit"])
def test_killed_while_posting_everything_or_nothing_is_written(world: World, sale, moment):
    buyer, order, delivery = sale
    world.receive([delivery])
    ((event_id,),) = world.rows("select id from stripe_event")

    killed(world, moment, event_id)

    written = 4 if moment == "after commit" else 0
    assert world.rows("select count(*) from ledger_txn") == [(written,)]
    assert world.read(buyer, order).is_fulfilled == bool(written)
    for _ in range(2):
        process_event(world.database, world.gateway, event_id, now=now())
    assert world.read(buyer, order).is_fulfilled
    assert world.books() == SOLD
    assert world.rows("select count(*) from entitlement") == [(1,)]
    world.agrees_with_stripe()


def test_killed_after_the_link_was_made_asking_again_finds_the_same_link(world: World):
    buyer = world.person("buyer")
    order = world.order(buyer, world.listing(world.seller()))
    with pytest.raises(ConnectionError):
        world_without_stripe(world).link(buyer, order)
    ((ref,),) = world.rows("select public_id from payment")

    killed(world, "link made", ref)

    assert world.rows("select state, link_id from payment") == [("new", None)]
    (made,) = world.sandbox.client().v1.payment_links.list().data
    assert open_link(world.database, world.gateway, ref, now=now()) == made.url
    assert world.link(buyer, order) == made.url
    assert len(world.sandbox.client().v1.payment_links.list().data) == 1
    world.pay(world.open_page(made.url))
    sweep(world.database, world.gateway, now=now())
    world.work()
    assert world.read(buyer, order).is_fulfilled
    assert world.books() == SOLD


def test_killed_after_the_account_was_made_asking_again_finds_the_same_account(world: World):
    seller = world.person("seller")

    killed(world, "account made", str(seller.id))

    assert world.rows("select stripe_id from seller_account") == [(None,)]
    url = start_onboarding(
        world.database, world.gateway, seller, return_url=RETURN_URL, refresh_url=RETURN_URL, now=now()
    )
    (made,) = world.sandbox.client().v2.core.accounts.list().data
    assert world.rows("select stripe_id from seller_account") == [(made.id,)]
    assert made.id in url


def world_without_stripe(world: World) -> World:
    """The same marketplace, cut off at the moment it wants to ask."""

    class CutOff:
        def open_link(self, wish):
            raise ConnectionError

    return World(world.database, CutOff(), world.sandbox, world.listener, world.queue)

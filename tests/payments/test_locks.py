"""Fetching and writing happen under one lock: what was fetched first is never written last."""

import threading

import pytest

from polidat.payments import Gateway, process_event, sync_account
from tests.payments.world import World, now
from tests.stripe_sandbox.conftest import eventually

WAITING = """
select count(*) from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and not granted and datname = current_database()
"""


class Slow(Gateway):
    """Holds the answer of its first look-up until it is told to go on."""

    def __init__(self, url: str) -> None:
        super().__init__("sk_test_sim", base_url=url)
        self.has_fetched, self.may_go_on = threading.Event(), threading.Event()

    def _held(self, answer):
        if not self.has_fetched.is_set():
            self.has_fetched.set()
            assert self.may_go_on.wait(timeout=20)
        return answer

    def intent(self, intent_id):
        return self._held(super().intent(intent_id))

    def account(self, account_id):
        return self._held(super().account(account_id))


@pytest.fixture
def slow(world: World):
    gateway = Slow(world.sandbox.url)
    yield gateway
    gateway.may_go_on.set()


def test_a_second_worker_on_the_same_payment_waits_for_the_first(world: World, slow):
    buyer = world.person("buyer")
    order = world.bought(buyer, world.listing(world.seller()))
    world.receive(world.deliveries("payment_intent.succeeded", "charge.succeeded"))
    events = [event_id for (event_id,) in world.rows("select id from stripe_event where state = 'received'")]
    workers = [
        threading.Thread(target=process_event, args=(world.database, slow, each), kwargs={"now": now()})
        for each in events
    ]

    workers[0].start()
    assert slow.has_fetched.wait(timeout=20)
    workers[1].start()
    eventually(lambda: world.rows(WAITING) == [(1,)])
    slow.may_go_on.set()
    for worker in workers:
        worker.join()

    assert world.read(buyer, order).is_fulfilled
    assert world.rows("select count(*) from ledger_txn") == [(4,)]


def test_an_account_is_never_set_back_by_an_older_look(world: World, slow):
    seller = world.seller(approved=False)
    ((stripe_id,),) = world.rows("select stripe_id from seller_account")
    look = {"target": sync_account, "args": (world.database, slow, seller), "kwargs": {"now": now()}}
    older, newer = threading.Thread(**look), threading.Thread(**look)

    older.start()
    assert slow.has_fetched.wait(timeout=20)
    world.sandbox.control(f"accounts/{stripe_id}/approve")
    newer.start()
    eventually(lambda: world.rows(WAITING) == [(1,)])
    slow.may_go_on.set()
    for each in (older, newer):
        each.join()

    assert world.rows("select state, charges_enabled from seller_account") == [("active", True)]

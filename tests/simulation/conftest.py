"""Money under weather: the world of payments, once calm and once in a storm.

A test marked `calm` brings its own weather and is not run in the storm; one marked `storm` is run calmly elsewhere.
"""

import pytest
import stripe

from polidat.payments import open_gateway
from polidat.wiring.reactions import REACTIONS
from tests.conftest import RecordedQueue
from tests.payments.world import World
from tests.simulation.storm import STORM_KEY, StormyWorld
from tests.stripe_sandbox.conftest import ear, listener, sandbox, served

__all__ = ["ear", "listener", "sandbox", "served"]


def pytest_generate_tests(metafunc):
    if "weather" in metafunc.fixturenames:
        told = [each for each in ("calm", "storm") if metafunc.definition.get_closest_marker(each)]
        metafunc.parametrize("weather", told or ["calm", "storm"])


@pytest.fixture
def world(weather, new_database, sandbox, listener, monkeypatch, request):
    queue = RecordedQueue([])
    database = new_database(reactions=REACTIONS, jobs=queue)
    if weather == "calm":
        return World(database, open_gateway("sk_test_sim", base_url=sandbox.url), sandbox, listener, queue)
    monkeypatch.setattr(stripe.HTTPClient, "_sleep_time_seconds", lambda *_, **__: 0.01)
    sandbox.control("chaos", StormyWorld.chances(request.node.name))
    patient, hasty = (open_gateway(STORM_KEY, base_url=sandbox.url) for _ in range(2))
    patient._client._requestor._options.max_network_retries = 6  # people press the button again; jobs are tried again
    return StormyWorld(database, patient, sandbox, listener, queue, hasty=hasty)


@pytest.fixture
def buyer(world: World):
    return world.person("buyer")


@pytest.fixture
def seller(world: World):
    return world.seller()


@pytest.fixture
def listing(world: World, seller):
    return world.listing(seller)


@pytest.fixture
def sold(world: World, buyer, listing):
    """An order over 100.00 that was paid, and that we know of."""
    order = world.bought(buyer, listing)
    world.settle("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
    return order

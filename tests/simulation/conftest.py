"""Money under weather happens in the same world as payments."""

import pytest

from tests.payments.conftest import ear, listener, sandbox, served, world
from tests.payments.world import World

__all__ = ["ear", "listener", "sandbox", "served", "world"]


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

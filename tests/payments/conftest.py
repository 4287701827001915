"""The world of the tests of money."""

import pytest

from polidat.payments import open_gateway
from polidat.wiring.reactions import REACTIONS
from tests.conftest import RecordedQueue
from tests.payments.world import World
from tests.stripe_sandbox.conftest import ear, listener, sandbox, served

__all__ = ["ear", "listener", "sandbox", "served"]


@pytest.fixture
def world(new_database, sandbox, listener):
    queue = RecordedQueue([])
    database = new_database(reactions=REACTIONS, jobs=queue)
    return World(database, open_gateway("sk_test_sim", base_url=sandbox.url), sandbox, listener, queue)

"""Orders are tested in the same world as payments; who needs no Stripe for it takes these people of a session."""

import pytest

from polidat.people import register
from tests.conftest import NOON
from tests.payments.conftest import ear, listener, sandbox, served, world

__all__ = ["ear", "listener", "sandbox", "served", "world"]


@pytest.fixture
def buyer(session):
    return register(session, "buyer@example.org", now=NOON, name="Bea")


@pytest.fixture
def ann(session):
    return register(session, "ann@example.org", now=NOON)


@pytest.fixture
def seller(session):
    return register(session, "seller@example.org", now=NOON)

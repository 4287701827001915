"""Who sells and who buys in the tests of the catalog."""

import pytest

from polidat.people import register
from tests.conftest import NOON


@pytest.fixture
def seller(session):
    return register(session, "seller@example.org", now=NOON)


@pytest.fixture
def buyer(session):
    return register(session, "buyer@example.org", now=NOON)

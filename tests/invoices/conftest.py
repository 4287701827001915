"""Invoices are tested over orders whose every amount is known."""

import pytest

from polidat.invoices import Party, keep_billing_details
from tests.conftest import NOON
from tests.insights.books import Books

ACME = Party("Acme GmbH", "Ring 1", "", "1010", "Wien", "AT", "ATU12345678", "PO-7")


@pytest.fixture
def books(session):
    return Books(session)


@pytest.fixture
def bea(books):
    """A buyer whose billing details are known."""
    person = books.person("bea")
    keep_billing_details(books.session, person, ACME, now=NOON)
    return person


@pytest.fixture
def order(books, bea):
    """Two datasets of two sellers, for 100.00 and 25.00."""
    ann, ben = books.person("ann"), books.person("ben")
    return books.sale("ord_one", bea, NOON, (books.listing(ann, "Polls"), 10_000, 1_500, 0),
                      (books.listing(ben, "Votes"), 2_500, 250, 0))  # fmt: skip

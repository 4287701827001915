"""A small marketplace whose every amount is known."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.conftest import NOON
from tests.insights.books import Books
from tests.payments.conftest import ear, listener, sandbox, served, world

__all__ = ["ear", "listener", "sandbox", "served", "world"]


@pytest.fixture
def books(session):
    return Books(session)


@pytest.fixture
def traded(books: Books):
    """Two sellers in November, and one sale in October.

    Ann sells alone (the house bears the card fee) and in a cart with Ben (each bears a part); the cart is refunded in
    part over both lines, Ann's sale of the 10th is lost to a dispute, Ben is paid by use.
    """
    day = {number: NOON.replace(day=number) for number in range(1, 21)}
    ann, ben, bea, bob = (books.person(name) for name in ("ann", "ben", "bea", "bob"))
    polls, votes = books.listing(ann, "Polls"), books.listing(ben, "Votes", "elections")
    books.sale("ord_old", bea, NOON.replace(month=10, day=20), (polls, 5_000, 750, 0), card_fee=175)
    books.sale("ord_one", bea, day[3], (polls, 10_000, 1_500, 0), card_fee=320)
    books.send("ord_one", ann, day[3], 10_000)
    books.send("ord_one", ann, day[3], -1_500, kind="application_fee")
    cart = books.sale("ord_two", bob, day[5], (polls, 6_000, 900, 192), (votes, 2_500, 250, 80), card_fee=277)
    books.send("ord_two", ann, day[5], 4_908)
    books.send("ord_two", ben, day[5], 2_170)
    books.refund(
        "ref_1", cart, day[7], {1: 2_000, 2: 2_500}, (f"A:seller_recv:{ann.id}", 1_636),
        (f"A:seller_recv:{ben.id}", 2_170), ("R:commission", 550), ("X:stripe_fee", 144),
    )  # fmt: skip
    books.send("ord_two", ann, day[7], -1_636, kind="reversal", holder="A:seller_recv")
    lost = books.sale("ord_three", bob, day[10], (polls, 4_000, 600, 0), card_fee=146)
    books.send("ord_three", ann, day[10], 3_400)
    books.lose("dp_1", lost, day[15], (f"A:seller_recv:{ann.id}", 3_400), ("R:commission", 600))
    wallet = books.wallet(bob, day[10], 5_000)
    books.use(wallet, bob, ben, day[12], 162, 138)
    books.sale("ord_free", bob, day[12], (votes, 0, 0, 0))
    return SimpleNamespace(
        day=day, ann=ann, ben=ben, bea=bea, bob=bob, polls=polls, votes=votes, wallet=wallet,
        end=NOON + timedelta(days=1), operator=books.operator(),
    )  # fmt: skip

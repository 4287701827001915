"""Who sold alone may give a dispute up; one of several sellers may not, because the others would lose it too."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from polidat.core import NotAllowed, NotFound
from polidat.orders import dispute as disputes
from polidat.orders import give_up_sale
from polidat.payments import Dispute
from tests.conftest import NOON
from tests.insights.books import Books


def test_one_of_several_sellers_does_not_give_up_for_the_others(session, monkeypatch):
    books, given_up = Books(session), []
    monkeypatch.setattr(disputes, "accept_dispute", lambda *_, by, **__: given_up.append(by))
    database = SimpleNamespace(reading=lambda: nullcontext(session))
    ann, ben, bea = (books.person(name) for name in ("ann", "ben", "bea"))
    polls, votes = books.listing(ann, "Polls"), books.listing(ben, "Votes")
    books.sale("ord_two", bea, NOON, (polls, 100, 15, 0), (votes, 90_000, 9_000, 0))
    books.sale("ord_one", bea, NOON, (polls, 100, 15, 0))
    for name in ("two", "one"):
        session.add(Dispute(id=f"dp_{name}", charge_id=f"ch_ord_{name}", subject=f"ord_{name}", currency="usd",
                            state="needs_response", reason="fraudulent", amount_minor=100, opened_at=NOON))  # fmt: skip
    session.flush()

    def give_up(who, ref):
        give_up_sale(database, None, who, ref, now=NOON)

    for seller in (ann, ben):
        with pytest.raises(NotAllowed, match="Others sold"):
            give_up(seller, "dp_two")
    with pytest.raises(NotFound):
        give_up(bea, "dp_two")
    assert given_up == []

    operator = books.operator()
    give_up(operator, "dp_two")
    give_up(ann, "dp_one")
    assert given_up == [operator.id, ann.id]

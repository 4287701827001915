"""A buyer about whom the seller decides: paid and waiting, then approved, refused, or lapsed."""

from datetime import timedelta

import pytest

from polidat.access import may_read
from polidat.catalog import Agreed, Attested, ask_buyers
from polidat.core import Conflict, Invalid
from polidat.events import audit_entries
from polidat.orders import (
    NoSuchAttestation,
    OrderState,
    WaitsAlready,
    approve_buyer,
    lapse_attestations,
    place_order,
    questions_for,
    refuse_buyer,
)
from polidat.people import mails
from tests.payments.world import World, now

PAID_EVENTS = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
ANN = Attested("Ann, University of Graz", "AT", "Teaching")
DAY = timedelta(hours=24, minutes=1)


@pytest.fixture
def buyer(world: World):
    return world.person("buyer")


@pytest.fixture
def seller(world: World):
    return world.seller()


@pytest.fixture
def asking(world: World, seller):
    """A listing whose seller decides about each buyer."""
    return asked(world, seller, world.listing(seller))


def asked(world: World, seller, listing):
    with world.database.unit_of_work() as session:
        ask_buyers(session, seller, listing.id, by_seller=True, now=now())
    return listing


def order(world: World, buyer, *listings, key="click"):
    agreed = Agreed(world.agreeing(buyer, *listings).licences, ANN)
    with world.database.unit_of_work() as session:
        return place_order(session, buyer, [each.id for each in listings], key=key, now=now(), agreed=agreed)


def paid(world: World, buyer, *listings):
    """An order that is paid and waits."""
    placed = order(world, buyer, *listings)
    assert world.pay(world.open_page(world.link(buyer, placed))).status_code == 303
    world.settle(*PAID_EVENTS)
    return placed


def questions(world: World, who):
    with world.database.reading() as session:
        return questions_for(session, who)


def may(world: World, buyer, listing) -> bool:
    with world.database.reading() as session:
        return may_read(session, buyer, listing.dataset_id)


def written(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as session:
        return [(each.to.split("@")[0], each.subject) for each in mails(session)]


def decide(world: World, by, number: int, reason: str | None = None):
    with world.database.unit_of_work() as session:
        if reason is None:
            return approve_buyer(session, by, number, now=now())
        return refuse_buyer(session, by, number, reason, now=now())


def lapse(world: World, *, at) -> int:
    with world.database.unit_of_work() as session:
        return lapse_attestations(session, now=at)


def test_what_is_paid_and_undecided_waits_and_opens_when_the_seller_approves(world: World, buyer, seller, asking):
    assert questions(world, seller) == []
    placed = paid(world, buyer, asking)

    assert world.read(buyer, placed).state == OrderState.PAID
    assert not may(world, buyer, asking)
    assert world.rows("select state from entitlement") == [("pending",)]
    (question,) = questions(world, seller)
    assert (question.attestation.who, question.order, question.line.title) == (ANN.who, placed.public_id, "Polls 2023")
    assert question.due_at - now() > timedelta(hours=23)
    assert questions(world, world.person("stranger")) == []
    assert sorted(written(world)) == [
        ("buyer", "Your PoliDat order over 100.00 USD is paid"), ("buyer", "Your PoliDat order waits for its seller"),
        ("seller", "A buyer of “Polls 2023” waits for you"), ("seller", "You sold “Polls 2023”"),
    ]  # fmt: skip
    with pytest.raises(WaitsAlready):
        order(world, buyer, asking, key="again")

    decide(world, seller, question.attestation.id)

    assert may(world, buyer, asking)
    assert world.read(buyer, placed).state == OrderState.FULFILLED
    assert questions(world, seller) == []
    with pytest.raises(Conflict, match="decided already"):
        decide(world, seller, question.attestation.id, "No")
    with world.database.reading() as session:
        (entry,) = audit_entries(session, of=f"order:{placed.public_id}", action="attestation")
    assert (entry.actor_id, entry.after["state"]) == (seller.id, "approved")
    world.agrees_with_stripe()


def test_a_refused_buyer_gets_everything_back_with_the_reason(world: World, buyer, seller, asking):
    placed = paid(world, buyer, asking)
    (question,) = questions(world, seller)
    number = question.attestation.id
    with pytest.raises(NoSuchAttestation):
        decide(world, world.person("stranger"), number, "No")
    with pytest.raises(Invalid, match="why"):
        decide(world, seller, number, "  ")

    decide(world, seller, number, "We do not sell to schools.")
    world.work()
    world.settle("charge.refunded")

    declined = world.read(buyer, placed)
    assert declined.state == OrderState.DECLINED
    assert declined.lines[0].attestation.reason == "We do not sell to schools."
    assert not may(world, buyer, asking)
    assert world.rows("select state from entitlement") == [("revoked",)]
    assert world.rows("select amount_minor, state from refund") == [(10_000, "succeeded")]
    assert world.books() == {("A:stripe", "usd"): -320, ("X:stripe_fee", "usd"): 320}
    assert ("buyer", "Your PoliDat order of “Polls 2023”") in written(world)
    again = order(world, buyer, asking, key="again")
    assert again.state == OrderState.AWAITING_PAYMENT, "who was refused may ask again"
    world.agrees_with_stripe()


def test_without_a_decision_in_a_day_the_money_goes_back_by_itself(world: World, buyer, seller, asking):
    placed = paid(world, buyer, asking)

    assert lapse(world, at=now() + timedelta(hours=23)) == 0
    assert lapse(world, at=now() + DAY) == 1
    assert lapse(world, at=now() + DAY) == 0
    world.work()
    world.settle("charge.refunded")

    lapsed = world.read(buyer, placed)
    assert (lapsed.state, lapsed.lines[0].attestation.state) == (OrderState.DECLINED, "lapsed")
    assert world.rows("select amount_minor, state from refund") == [(10_000, "succeeded")]
    told = world.rows("select kind from event_staging where kind like '%Attestation%' order by id")
    assert [each.kind for each in told] == ["orders.AttestationAsked", "orders.AttestationDecided"]
    assert {who for who, subject in written(world) if "lapsed" in subject} == {"seller"}
    assert not may(world, buyer, asking)
    world.agrees_with_stripe()


def test_of_a_cart_only_what_is_refused_goes_back_and_the_rest_is_open_at_once(world: World, buyer, seller, asking):
    free_of_questions = world.listing(world.seller("other"), 5_000, title="Votes")
    placed = paid(world, buyer, asking, free_of_questions)
    assert (may(world, buyer, asking), may(world, buyer, free_of_questions)) == (False, True)
    assert world.read(buyer, placed).state == OrderState.PAID

    decide(world, seller, questions(world, seller)[0].attestation.id, "Not to you.")
    world.work()
    world.settle("charge.refunded")

    assert world.read(buyer, placed).state == OrderState.FULFILLED
    assert (may(world, buyer, asking), may(world, buyer, free_of_questions)) == (False, True)
    assert world.rows("select amount_minor from refund") == [(10_000,)]
    world.agrees_with_stripe()


def test_what_is_free_waits_for_the_seller_too_and_nothing_goes_back(world: World, buyer, seller):
    gift = asked(world, seller, world.listing(seller, 0, title="Gift"))

    placed = order(world, buyer, gift)

    assert (placed.state, may(world, buyer, gift)) == (OrderState.PAID, False)
    decide(world, seller, questions(world, seller)[0].attestation.id, "Not to you.")
    assert world.read(buyer, placed).state == OrderState.DECLINED
    assert world.rows("select count(*) from refund") == [(0,)]


def test_while_a_bank_disputes_the_payment_nobody_decides(world: World, buyer, seller, asking):
    placed = paid(world, buyer, asking)
    (charge,) = world.rows("select id from charge")
    opened = world.sandbox.control(f"charges/{charge.id}/dispute")
    world.settle("charge.dispute.created")

    with pytest.raises(Conflict, match="dispute"):
        decide(world, seller, questions(world, seller)[0].attestation.id)
    assert lapse(world, at=now() + DAY) == 0
    world.sandbox.control(f"disputes/{opened['id']}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")

    assert lapse(world, at=now() + DAY) == 1
    assert world.rows("select count(*) from refund") == [(0,)], "the bank has given it back already"
    assert world.read(buyer, placed).state == OrderState.DECLINED
    world.agrees_with_stripe()


def test_what_could_not_go_back_during_a_dispute_goes_back_when_it_is_won(world: World, buyer, seller, asking):
    placed = paid(world, buyer, asking)
    (charge,) = world.rows("select id from charge")
    opened = world.sandbox.control(f"charges/{charge.id}/dispute")
    decide(world, seller, questions(world, seller)[0].attestation.id, "Not to you.")  # faster than the bank's webhook
    world.work()
    assert world.rows("select state from refund") == [("refused",)]
    world.settle("charge.dispute.created")

    world.sandbox.control(f"disputes/{opened['id']}/decide", {"outcome": "won"})
    world.settle("charge.dispute.closed")
    world.settle()

    assert world.rows("select amount_minor, state from refund order by id") == [
        (10_000, "refused"), (10_000, "succeeded"),
    ]  # fmt: skip
    assert world.read(buyer, placed).state == OrderState.DECLINED
    assert [code for code, _ in world.books() if code.startswith("C:")] == []
    world.agrees_with_stripe()


def test_of_a_declined_line_goes_back_what_the_bank_has_not_given(world: World, buyer, seller, asking):
    placed = paid(world, buyer, asking, world.listing(world.seller("other"), 5_000, title="Votes"))
    (charge,) = world.rows("select id from charge")
    opened = world.sandbox.control(f"charges/{charge.id}/dispute", {"amount": 3_000})
    world.settle("charge.dispute.created")
    world.sandbox.control(f"disputes/{opened['id']}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")
    assert world.rows("select state from entitlement order by id") == [("pending",), ("active",)]

    assert lapse(world, at=now() + DAY) == 1

    assert world.rows("select amount_minor from refund") == [(8_000,)]
    assert "You get 80.00 USD back." in world.rows("select body from mail where body like '%not fulfilled%'")[0].body
    world.work()
    world.settle()
    alert = world.read(buyer, placed).alert
    assert "Stripe did not give 80.00 USD back" in alert, "of a charge that was lost in part Stripe refunds nothing"
    assert [code for code, _ in world.books() if code.startswith("C:")] == []
    world.agrees_with_stripe()

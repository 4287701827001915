"""A link somebody else pays into a wallet by: paid once, late, twice, never; and what is unused goes back."""

from datetime import timedelta

import pytest

from polidat.access import wallets_of
from polidat.core import MICROS, Conflict, Invalid, Money
from polidat.orders import (
    LINK_LASTS,
    NoSuchTopUp,
    ask_for_top_up,
    close_top_up_link,
    expire_top_up_links,
    refund_top_up,
    start_top_up,
    sync_top_up,
    top_up_links_of,
)
from polidat.people import mails
from tests.payments.world import DECLINED, RETURN_URL, World, now

TOLD = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
AMOUNT = Money(5_000, "usd")


def ask(world: World, owner, amount=AMOUNT, *, key="click-1", at=None):
    return ask_for_top_up(world.database, world.gateway, owner, amount, key=key, now=at or now())


def balance(world: World, owner) -> int:
    with world.database.reading() as session:
        return sum(each.balance_micros for each in wallets_of(session, owner)) // MICROS


def open_links(world: World, owner, *, at=None) -> list[str]:
    with world.database.reading() as session:
        return [each.url for each in top_up_links_of(session, owner, now=at or now())]


def expire(world: World, *, at) -> int:
    with world.database.unit_of_work() as session:
        closed = expire_top_up_links(session, now=at)
    world.work()
    return closed


def clean(world: World) -> None:
    assert [code for code, _ in world.books() if code.startswith("C:")] == []
    world.agrees_with_stripe()


def test_somebody_else_pays_once_and_is_thanked(world: World, buyer):
    link = ask(world, buyer)
    assert ask(world, buyer).url == link.url
    assert open_links(world, buyer) == [link.url]
    page = world.open_page(link.url)
    assert "PoliDat wallet of" in world.sandbox.web.get(page).text

    paid = world.pay(page)
    assert "is in the PoliDat wallet of" in world.sandbox.web.get(paid.headers["location"]).text
    world.settle(*TOLD)

    assert (balance(world, buyer), open_links(world, buyer)) == (5_000, [])
    with world.database.reading() as session:
        told = [each for each in mails(session) if "is in your PoliDat wallet" in each.subject]
    assert [each.to for each in told] == [buyer.email]
    with pytest.raises(Conflict):
        ask(world, buyer)
    clean(world)


def test_two_who_pay_at_once_are_one_top_up_and_the_second_gets_it_back(world: World, buyer):
    link = ask(world, buyer)
    first, second = world.open_page(link.url), world.open_page(link.url)
    answers = [world.pay(first).status_code, world.pay(second).status_code]
    world.settle(*TOLD)
    sync_top_up(world.database, world.gateway, buyer, link.top_up.public_id, now=now())
    world.work()
    if answers == [303, 303]:
        world.settle("charge.refunded")

    assert balance(world, buyer) == 5_000
    clean(world)


def test_who_began_before_the_end_and_pays_after_it_is_credited(world: World, buyer):
    link = ask(world, buyer)
    page = world.open_page(link.url)
    assert expire(world, at=now() + LINK_LASTS - timedelta(minutes=1)) == 0
    world.pay(page, DECLINED)
    # the link closes here; its word may reach Stripe only after the buyer's
    with world.database.unit_of_work() as session:
        assert expire_top_up_links(session, now=now() + LINK_LASTS) == 1
    assert world.pay(page).status_code == 303
    world.work()
    world.settle(*TOLD)

    assert balance(world, buyer) == 5_000
    clean(world)


def test_a_link_nobody_pays_closes_and_nothing_is_booked(world: World, buyer):
    link = ask(world, buyer)
    assert expire(world, at=now() + LINK_LASTS) == 1
    assert expire(world, at=now() + LINK_LASTS) == 0

    refused = world.sandbox.web.get(link.url)
    assert "Ask whoever has sent you the link" in refused.text
    assert (balance(world, buyer), open_links(world, buyer), world.books()) == (0, [], {})
    with pytest.raises(Conflict):
        ask(world, buyer)


@pytest.mark.calm
def test_its_owner_closes_it_and_nobody_else(world: World, buyer):
    link = ask(world, buyer)
    ref = link.top_up.public_id
    with pytest.raises(NoSuchTopUp), world.database.unit_of_work() as session:
        close_top_up_link(session, world.person("other"), ref, now=now())
    with world.database.unit_of_work() as session:
        close_top_up_link(session, buyer, ref, now=now())
    world.work()
    assert "no longer active" in world.sandbox.web.get(link.url).text
    with pytest.raises(Conflict), world.database.unit_of_work() as session:
        close_top_up_link(session, buyer, ref, now=now())
    traces = world.rows("select actor_id, action from audit_entry where action = 'top_up_link'")
    assert traces == [(buyer.id, "top_up_link")] * 2


@pytest.mark.calm
def test_what_is_unused_goes_back_to_the_card_that_paid(world: World, buyer):
    link = ask(world, buyer)
    world.pay(world.open_page(link.url))
    world.settle(*TOLD)
    with world.database.unit_of_work() as session:
        refund_top_up(session, buyer, link.top_up.public_id, now=now())
    world.work()
    world.settle("charge.refunded")

    assert balance(world, buyer) == 0
    (charge,) = world.sandbox.client().v1.charges.list().data
    assert charge.amount_refunded == 5_000
    clean(world)


@pytest.mark.calm
def test_a_key_is_one_way_to_pay_one_amount_and_links_are_not_without_end(world: World, buyer):
    ask(world, buyer)
    with pytest.raises(Conflict, match="another amount"):
        ask(world, buyer, Money(6_000, "usd"))
    with pytest.raises(Conflict, match="another way"):
        start_top_up(world.database, world.gateway, buyer, AMOUNT, key="click-1", return_url=RETURN_URL, now=now())
    with pytest.raises(Invalid):
        ask(world, buyer, Money(99, "usd"), key="other")
    for number in range(19):
        ask(world, buyer, key=f"more-{number}")
    with pytest.raises(Conflict, match="open links"):
        ask(world, buyer, key="one-too-many")

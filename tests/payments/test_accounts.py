"""Sellers' accounts: opened once, and known as they are at Stripe."""

from datetime import timedelta

import pytest

from polidat.core import NotFound
from polidat.payments import (
    AccountState,
    may_be_paid,
    open_dashboard,
    seller_account,
    start_onboarding,
    sync_account,
)
from tests.payments.world import RETURN_URL, World, now


@pytest.fixture
def person(world: World):
    return world.person("seller")


def onboard(world: World, person, *, at=None) -> str:
    return start_onboarding(
        world.database, world.gateway, person, return_url=RETURN_URL, refresh_url=f"{RETURN_URL}/again",
        now=at or now(),
    )  # fmt: skip


def standing(world: World, person):
    with world.database.reading() as session:
        return seller_account(session, person)


def stripe_id(world: World, person) -> str:
    return standing(world, person).stripe_id


def test_the_first_click_opens_an_account_and_every_click_a_fresh_link(world: World, person):
    first, second = onboard(world, person), onboard(world, person)

    assert first != second
    assert world.sandbox.web.get(first).status_code == 303
    account = standing(world, person)
    assert (account.state, account.charges_enabled) == (AccountState.ONBOARDING, False)
    assert account.due
    assert len(world.sandbox.client().v2.core.accounts.list().data) == 1


def test_an_address_that_was_used_leads_back_to_us_for_a_new_one(world: World, person):
    url = onboard(world, person)
    world.sandbox.web.get(url)

    assert world.sandbox.web.get(url).headers["location"] == f"{RETURN_URL}/again"


def test_coming_back_looks_the_account_up(world: World, person):
    onboard(world, person)
    world.sandbox.control(f"accounts/{stripe_id(world, person)}/approve")

    account = sync_account(world.database, world.gateway, person, now=now())

    assert account is not None
    assert (account.state, account.charges_enabled, account.payouts_enabled) == (AccountState.ACTIVE, True, True)
    assert account.due == []
    with world.database.reading() as session:
        assert may_be_paid(session, person.id)


@pytest.mark.parametrize("secret_door", ["v2.core.account[requirements].updated", "account.updated"])
def test_either_kind_of_event_keeps_the_account_current(world: World, person, secret_door):
    onboard(world, person)
    world.sandbox.control(f"accounts/{stripe_id(world, person)}/approve")

    world.receive(world.deliveries(secret_door))
    world.work()

    assert standing(world, person).state == AccountState.ACTIVE


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("document", AccountState.RESTRICTED),
        ("review", AccountState.RESTRICTED),
        ("reject", AccountState.REJECTED),
    ],
)
def test_an_account_can_lose_its_rights_and_get_them_back(world: World, person, reason, state):
    onboard(world, person)
    account = stripe_id(world, person)
    world.sandbox.control(f"accounts/{account}/approve")
    sync_account(world.database, world.gateway, person, now=now())

    world.sandbox.control(f"accounts/{account}/restrict", {"reason": reason})
    lost = sync_account(world.database, world.gateway, person, now=now())
    world.sandbox.control(f"accounts/{account}/approve")
    back = sync_account(world.database, world.gateway, person, now=now())

    assert (lost.state, lost.charges_enabled) == (state, False)
    assert back.state == AccountState.ACTIVE
    told = world.rows("select payload ->> 'state' from event_staging where kind = 'payments.SellerStandingChanged'")
    assert [each for (each,) in told] == ["onboarding", "active", state, "active"]


def test_old_news_do_not_change_what_is(world: World, person):
    onboard(world, person)
    account = stripe_id(world, person)
    world.sandbox.control(f"accounts/{account}/approve")
    world.sandbox.control(f"accounts/{account}/restrict")
    deliveries = world.deliveries("account.updated")

    world.receive(reversed(deliveries))
    world.work()

    assert standing(world, person).state == AccountState.ONBOARDING
    assert not standing(world, person).charges_enabled


def test_an_account_whose_answer_was_lost_a_day_ago_is_found_again(world: World, person):
    class Forgetful(type(world.gateway)):
        def open_account(self, ref, **wish):
            super().open_account(ref, **wish)
            raise ConnectionError

    forgetful = Forgetful("sk_test_sim", base_url=world.sandbox.url)
    with pytest.raises(ConnectionError):
        start_onboarding(
            world.database, forgetful, person, return_url=RETURN_URL, refresh_url=RETURN_URL,
            now=now() - timedelta(hours=30),
        )  # fmt: skip
    for number in range(3):
        world.seller(f"other{number}", approved=False)

    onboard(world, person)

    assert len(world.sandbox.client().v2.core.accounts.list().data) == 4
    assert stripe_id(world, person) is not None


def test_an_event_about_an_account_that_is_not_ours_changes_nothing(world: World):
    client = world.sandbox.client()
    stranger = client.v2.core.accounts.create(
        {"contact_email": "x@example.org", "display_name": "X", "dashboard": "express", "identity": {"country": "us"}}
    )

    world.receive(world.deliveries("v2.core.account.created"))
    world.work()

    assert stranger.id
    assert world.rows("select count(*) from seller_account") == [(0,)]
    assert {state for (state,) in world.rows("select state from stripe_event")} == {"done"}


def test_the_dashboard_opens_after_onboarding_only(world: World, person):
    assert sync_account(world.database, world.gateway, person, now=now()) is None
    with pytest.raises(NotFound, match="Set up payouts first"):
        open_dashboard(world.database, world.gateway, person)
    seller = world.seller("ready")

    assert "/express/" in open_dashboard(world.database, world.gateway, seller)

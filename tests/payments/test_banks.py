"""What Stripe asks of a seller and by when, and where payouts go: kept current, and a change is told."""

from datetime import timedelta
from typing import get_args, get_type_hints

import pytest
from stripe.v2.core import Account

from polidat.payments import (
    SellerAccount,
    SellerBank,
    asked_for,
    banks_of,
    refresh_accounts,
    said_reason,
    seller_account,
    sync_account,
)
from polidat.payments.account_reading import account_facts
from tests.payments.world import World, now

BANK = {"object": "bank_account", "country": "US", "currency": "usd", "routing_number": "110000000"}


def stripe_id(world: World, person) -> str:
    with world.database.reading() as session:
        found = seller_account(session, person)
    assert found is not None
    return str(found.stripe_id)


def look(world: World, person):
    account = sync_account(world.database, world.gateway, person, now=now())
    assert account is not None
    return account


def banks(world: World, person) -> list[str]:
    with world.database.reading() as session:
        return [each.last4 for each in banks_of(session, person)]


def mails(world: World) -> list[str]:
    return [body for (body,) in world.rows("select body from mail where subject like '%bank account%' order by id")]


def test_what_is_asked_comes_with_when_and_until_when(world: World):
    seller = world.seller()
    account = stripe_id(world, seller)
    world.sandbox.control(f"accounts/{account}/restrict", {"reason": "soon"})
    soon = look(world, seller)
    world.sandbox.control(f"accounts/{account}/restrict", {"reason": "later"})
    later = look(world, seller)
    world.sandbox.control(f"accounts/{account}/restrict", {"reason": "document"})
    past = look(world, seller)

    assert [each["when"] for each in soon.asked] == ["currently_due"]
    assert asked_for(soon.asked[0]["field"]) == "A photo of an identity document"
    assert soon.deadline_at is not None
    assert timedelta(days=13) < soon.deadline_at - now() <= timedelta(days=14)
    assert (soon.charges_enabled, soon.due) == (True, [soon.asked[0]["field"]])
    assert ([each["when"] for each in later.asked], later.due, later.deadline_at) == (["eventually_due"], [], None)
    assert (past.charges_enabled, past.reason) == (False, "requirements_past_due")
    assert [each["when"] for each in past.asked] == ["past_due"]


def test_a_bank_account_is_known_by_its_last_digits_and_its_change_is_told(world: World):
    seller = world.seller()
    account, api = stripe_id(world, seller), world.sandbox.client().v1.accounts.external_accounts
    assert banks(world, seller) == []
    first = api.create(account, {"external_account": {**BANK, "account_number": "000123456789"}})
    assert look(world, seller).bank_changed_at is None
    assert banks(world, seller) == ["6789"]

    second = api.create(account, {"external_account": {**BANK, "account_number": "000111111116"}})
    added = look(world, seller).bank_changed_at
    api.update(account, second.id, {"default_for_currency": True})
    changed = look(world, seller).bank_changed_at
    api.delete(account, first.id)

    assert added is not None
    assert changed is not None
    assert changed > added
    assert look(world, seller).bank_changed_at == changed
    assert banks(world, seller) == ["1116"]
    new, told = mails(world)
    assert "ending in 1116 was added" in new
    assert "ending in 6789 (USD)" in new, "payouts still go to the first"
    assert "from now on: STRIPE TEST BANK ending in 1116 (USD)." in told
    assert world.rows("select count(*) from event_staging where kind = 'payments.PayoutBankChanged'") == [(2,)]
    assert "000111111116" not in str(world.rows("select t::text from seller_bank t"))


def test_a_card_beside_the_bank_is_a_change_and_so_is_one_that_comes_back(world: World):
    seller = world.seller()
    account, api = stripe_id(world, seller), world.sandbox.client().v1.accounts.external_accounts
    api.create(account, {"external_account": {**BANK, "account_number": "000123456789"}})
    look(world, seller)
    card = api.create(account, {"external_account": "tok_visa_debit"})
    added = look(world, seller).bank_changed_at
    assert added is not None
    assert look(world, seller).bank_changed_at == added, "what is known is no change"
    with world.database.unit_of_work() as session:
        session.get_one(SellerBank, card.id).gone_at = now()

    back = look(world, seller).bank_changed_at

    assert back is not None
    assert back > added
    assert ["was added" in each for each in mails(world)] == [True, True]
    told = "select after ->> 'added' from audit_entry where action = 'payout_bank'"
    assert [each[-4:] for (each,) in world.rows(told)] == ["5556", "5556"]


def test_without_its_only_bank_and_with_another_later_payouts_have_changed_twice(world: World):
    seller = world.seller()
    account, api = stripe_id(world, seller), world.sandbox.client().v1.accounts.external_accounts
    first = api.create(account, {"external_account": {**BANK, "account_number": "000123456789"}})
    look(world, seller)
    api.delete(account, first.id)
    look(world, seller)
    api.create(account, {"external_account": "btok_us_accountClosed"})
    look(world, seller)

    assert ["none" in each for each in mails(world)] == [True, False]


@pytest.mark.parametrize(
    ("door", "do"),
    [
        ("account.external_account.created", lambda api, on: None),
        (
            "capability.updated",
            lambda api, on: api.accounts.capabilities.update(on, "transfers", {"requested": False}),
        ),
        (
            "balance_settings.updated",
            lambda api, on: api.balance_settings.update(
                {"payments": {"payouts": {"schedule": {"interval": "weekly", "weekly_payout_days": ["monday"]}}}},
                {"stripe_account": on},
            ),
        ),
    ],
)
def test_each_kind_of_event_makes_us_look(world: World, door, do):
    seller = world.seller()
    account, api = stripe_id(world, seller), world.sandbox.client().v1
    api.accounts.external_accounts.create(account, {"external_account": "btok_us"})
    do(api, account)

    world.settle(door)

    assert banks(world, seller) == ["6789"]
    with world.database.reading() as session:
        found = seller_account(session, seller)
    assert found is not None
    assert found.checked_at is not None
    if door == "balance_settings.updated":
        assert found.schedule == {"interval": "weekly", "days": ["monday"], "delay_days": 2}
    if door == "capability.updated":
        assert not found.charges_enabled


def test_the_bank_that_is_changed_on_stripes_own_page_arrives_by_itself(world: World):
    seller = world.seller()
    world.sandbox.control(f"accounts/{stripe_id(world, seller)}/approve", {"bank": True})
    look(world, seller)
    address = world.gateway.dashboard_url(stripe_id(world, seller))
    web = world.sandbox.web
    assert "ending in 6789" in web.get(address).text
    refused = web.post(address, data={"bank_routing": "110000000", "bank_number": "123412341234"})
    assert (refused.status_code, "Use a test number" in refused.text) == (400, True)

    assert "ending in 1116" in web.post(address, data={"bank_routing": "110000000", "bank_number": "000111111116"}).text
    world.settle("account.external_account.deleted")

    assert banks(world, seller) == ["1116"]
    assert len(mails(world)) == 1


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("identity.individual.date_of_birth", "Your date of birth"),
        ("individual.dob.day", "Your date of birth"),
        ("person_123.address.line1", "Your home address"),
        ("external_account", "A bank account for payouts"),
        ("identity.business_details.annual_revenue", "Annual revenue"),
        ("identity.persons[person_1].given_name", "Your legal first name"),
    ],
)
def test_what_is_asked_is_said_in_words(field, words):
    assert asked_for(field) == words


def test_every_reason_there_is_has_a_sentence():
    recipient = Account.Configuration.Recipient.Capabilities.StripeBalance.StripeTransfers.StatusDetail
    codes = get_args(get_type_hints(recipient)["code"])
    assert "requirements_past_due" in codes
    assert all(said_reason(code).endswith(".") for code in codes)
    assert said_reason("") == ""


def test_an_earlier_answer_that_was_not_taken_says_why():
    entry = {
        "awaiting_action_from": "user", "description": "identity.individual.documents.primary_verification",
        "minimum_deadline": {"status": "past_due"}, "errors": [{"code": "x", "description": "The photo is blurred."}],
    }  # fmt: skip
    other = {**entry, "awaiting_action_from": "stripe"}

    facts = account_facts({"id": "acct_1", "requirements": {"entries": [other, entry]}})

    assert [each.problem for each in facts.asked] == ["The photo is blurred."]


def test_what_no_event_told_is_found_at_night_and_a_closed_account_stops_nothing(world: World):
    first, second = world.seller("first"), world.seller("second")
    world.sandbox.control(f"accounts/{stripe_id(world, second)}/restrict", {"reason": "document"})
    world.sandbox.client().v1.accounts.external_accounts.create(
        stripe_id(world, second), {"external_account": "btok_us"}
    )
    with world.database.unit_of_work() as session:
        session.get_one(SellerAccount, first.id).stripe_id = "acct_gone"

    assert refresh_accounts(world.database, world.gateway, now=now()) == 1

    assert banks(world, second) == ["6789"]
    with world.database.reading() as session:
        found = seller_account(session, second)
    assert found is not None
    assert not found.charges_enabled

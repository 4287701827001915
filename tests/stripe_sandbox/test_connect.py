"""What a Connect platform does with its accounts: banks, persons, capabilities, payout settings, fees given back."""

from pathlib import Path

import pytest
import stripe

import stripe_sandbox
from stripe_sandbox.__main__ import main
from tests.stripe_sandbox.conftest import follow_link, make_link, make_seller, pay


def test_bank_accounts_come_and_go_and_payouts_name_them(sandbox, client):
    seller = make_seller(sandbox)
    banks = client.v1.accounts.external_accounts
    number = {
        "object": "bank_account",
        "country": "US",
        "account_number": "000123456789",
        "routing_number": "110000000",
    }
    first = banks.create(seller, {"external_account": {**number, "currency": "usd"}})
    second = banks.create(seller, {"external_account": "btok_us"})
    assert (first.last4, first.default_for_currency, second.default_for_currency) == ("6789", True, False)
    with pytest.raises(stripe.InvalidRequestError, match="default external account"):
        banks.delete(seller, first.id)
    assert banks.update(seller, second.id, {"default_for_currency": True}).default_for_currency
    assert banks.delete(seller, first.id).deleted
    assert [each.id for each in client.v1.accounts.retrieve(seller).external_accounts.data] == [second.id]
    pay(sandbox, follow_link(sandbox, make_link(client, seller).url), "4000000000000077")
    payout = client.v1.payouts.create({"amount": 500, "currency": "usd"}, {"stripe_account": seller})
    assert payout.destination == second.id


def test_persons_and_capabilities(sandbox, client):
    seller = make_seller(sandbox)
    persons = client.v1.accounts.persons
    made = persons.create(seller, {"first_name": "Ada", "id_number": "1", "relationship": {"representative": True}})
    assert (made.first_name, made.id_number_provided, hasattr(made, "id_number")) == ("Ada", True, False)
    assert persons.update(seller, made.id, {"last_name": "L"}).last_name == "L"
    assert [each.id for each in persons.list(seller, {"relationship": {"representative": True}}).data] == [made.id]
    assert persons.delete(seller, made.id).deleted
    assert client.v1.accounts.capabilities.retrieve(seller, "transfers").status == "active"
    assert client.v1.accounts.capabilities.update(seller, "transfers", {"requested": False}).status == "unrequested"
    assert client.v1.accounts.capabilities.list(seller).data == []


def test_payout_settings_and_a_fee_given_back(sandbox, client):
    seller = make_seller(sandbox)
    asked = {"payments": {"payouts": {"schedule": {"interval": "weekly", "weekly_payout_days": ["monday"]}}}}
    shown = client.v1.balance_settings.update(asked, {"stripe_account": seller})
    assert shown.payments.payouts.schedule.weekly_payout_days == ["monday"]
    assert client.v1.balance_settings.retrieve().payments.payouts.schedule.interval == "daily"
    pay(sandbox, follow_link(sandbox, make_link(client, seller).url))
    (fee,) = client.v1.application_fees.list().data
    back = client.v1.application_fees.refunds.create(fee.id, {"amount": 500})
    assert client.v1.application_fees.refunds.retrieve(fee.id, back.id).amount == 500
    assert client.v1.balance.retrieve(options={"stripe_account": seller}).pending[0].amount == 8_500
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.application_fees.refunds.create(fee.id, {"amount": 1_001})


def test_the_routes_are_counted(capsys):
    assert main(["routes"]) == 0
    assert "v1/balance_settings" in capsys.readouterr().out


def test_the_readme_names_every_route_that_is_built(capsys: pytest.CaptureFixture[str]):
    assert main(["routes", "--table"]) == 0
    table = capsys.readouterr().out.strip()
    readme = (Path(stripe_sandbox.__file__).parent / "README.md").read_text(encoding="utf-8")
    kept = readme.partition("<!-- routes -->\n")[2].partition("\n<!-- end of routes -->")[0]

    assert kept == table, "run `python -m stripe_sandbox routes --table` and keep its table in the README"
    assert sum(line.count("`/") for line in table.splitlines()) > 100

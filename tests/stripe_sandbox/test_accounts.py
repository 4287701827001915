"""Connected accounts: both API versions, the hosted onboarding, and who is told."""

import re

import httpx
import pytest
import stripe

from tests.stripe_sandbox.conftest import CONNECT_SECRET, SECRET, Listener, Sandbox, eventually, make_link, make_seller

ALL = ["configuration.recipient", "defaults", "identity", "requirements"]
PERSON = {
    "first_name": "Ada", "last_name": "Seller", "dob_day": "1", "dob_month": "2", "dob_year": "1980",
    "address_line1": "1 Main St", "address_city": "Springfield", "address_postal_code": "62701",
}  # fmt: skip


def onboarding_link(client: stripe.StripeClient, account: str) -> str:
    """Give a fresh link of API v2."""
    flow = {"refresh_url": "http://127.0.0.1:1/refresh", "return_url": "http://127.0.0.1:1/return"}
    use_case = {"type": "account_onboarding", "account_onboarding": flow}
    return client.v2.core.account_links.create({"account": account, "use_case": use_case}).url


def send(sandbox: Sandbox, page: str, step: str, **fields: str) -> httpx.Response:
    return sandbox.web.post(page, data={"step": step, "go": "on", **fields})


def walk(sandbox: Sandbox, page: str, *, outcome: str = "approve") -> httpx.Response:
    """Fill in all five steps; gives the last answer."""
    send(sandbox, page, "start", email="ada@example.com", phone="+1 202 555 0143")
    send(sandbox, page, "verify", code="000-000")
    send(sandbox, page, "person", **PERSON)
    send(sandbox, page, "terms", accept="yes")
    return send(sandbox, page, "review", outcome=outcome)


def enter(sandbox: Sandbox, url: str) -> str:
    """Follow an account link; gives the address of the visit."""
    entered = sandbox.web.get(url)
    assert entered.status_code == 303
    return sandbox.url + entered.headers["location"]


def test_a_new_recipient_is_restricted_until_it_is_onboarded(sandbox: Sandbox, client: stripe.StripeClient):
    account_id = make_seller(sandbox, approved=False)

    account = client.v2.core.accounts.retrieve(account_id, {"include": ALL})
    transfers = account.configuration.recipient.capabilities.stripe_balance.stripe_transfers
    assert (transfers.status, transfers.status_details[0].code) == ("restricted", "requirements_past_due")
    assert len(account.requirements.entries) == 6
    assert account.defaults.responsibilities.losses_collector == "application"
    assert client.v2.core.accounts.retrieve(account_id).configuration is None
    old = client.v1.accounts.retrieve(account_id)
    assert (old.charges_enabled, old.payouts_enabled, old.details_submitted) == (False, False, False)
    assert "individual.first_name" in old.requirements.currently_due
    with pytest.raises(stripe.InvalidRequestError) as refused:
        make_link(client, account_id)
    assert refused.value.code == "insufficient_capabilities_for_transfer"


def test_five_forms_make_an_account_ready(sandbox: Sandbox, client: stripe.StripeClient, listener: Listener):
    account_id = make_seller(sandbox, approved=False)
    page = enter(sandbox, onboarding_link(client, account_id))
    assert "Get paid by Sandbox platform" in sandbox.web.get(page).text

    finished = walk(sandbox, page)

    assert finished.headers["location"] == "http://127.0.0.1:1/return"
    account = client.v2.core.accounts.retrieve(account_id, {"include": ALL})
    balance = account.configuration.recipient.capabilities.stripe_balance
    assert (balance.stripe_transfers.status, balance.payouts.status) == ("active", "active")
    assert (account.identity.individual.given_name, account.requirements.entries) == ("Ada", [])
    old = client.v1.accounts.retrieve(account_id)
    assert (old.charges_enabled, old.payouts_enabled, old.requirements.currently_due) == (True, True, [])
    assert sandbox.web.get(page).status_code == 410
    wanted = {
        "v2.core.account.created",
        "v2.core.account[requirements].updated",
        "v2.core.account[configuration.recipient].capability_status_updated",
        "v2.core.account_link.returned",
        "account.updated",
    }
    eventually(lambda: wanted <= set(listener.types()))


def test_thin_and_connect_events_are_understood_by_the_sdk(
    sandbox: Sandbox, client: stripe.StripeClient, listener: Listener
):
    account_id = make_seller(sandbox)
    status = "v2.core.account[configuration.recipient].capability_status_updated"
    eventually(lambda: {status, "account.updated"} <= set(listener.types()))

    body, signature = next(each for each in listener.got if status.encode() in each[0])
    notice = client.parse_event_notification(body, signature, SECRET)
    assert type(notice).__name__.endswith("CapabilityStatusUpdatedEventNotification")
    assert notice.fetch_related_object().id == account_id
    assert notice.fetch_event().data.updated_capability.startswith("stripe_balance.")
    assert b"updated_capability" not in body

    body, signature = next(each for each in listener.got if b'"account.updated"' in each[0])
    event = client.construct_event(body, signature, CONNECT_SECRET)
    assert (event.account, event.data.object.charges_enabled) == (account_id, True)
    assert event.data.previous_attributes["charges_enabled"] is False
    listed = client.v1.events.list({"type": "account.updated"}, {"stripe_account": account_id})
    assert listed.data[0].id == event.id
    assert client.v1.events.list({"type": "account.updated"}).data == []


def test_a_link_works_once_and_not_for_long(sandbox: Sandbox, client: stripe.StripeClient):
    account_id = make_seller(sandbox, approved=False)
    used, late = onboarding_link(client, account_id), onboarding_link(client, account_id)
    page = enter(sandbox, used)

    assert sandbox.web.get(used).headers["location"] == "http://127.0.0.1:1/refresh"
    sandbox.clock.ahead_s = 400
    assert sandbox.web.get(late).headers["location"] == "http://127.0.0.1:1/refresh"
    sandbox.clock.ahead_s = 4000
    assert sandbox.web.get(page).headers["location"] == "http://127.0.0.1:1/refresh"
    assert send(sandbox, page, "start").headers["location"] == "http://127.0.0.1:1/refresh"


def test_a_step_with_wrong_answers_says_so_and_stays(sandbox: Sandbox, client: stripe.StripeClient):
    page = enter(sandbox, onboarding_link(client, make_seller(sandbox, approved=False)))

    wrong = send(sandbox, page, "start", email='<img src="x">', phone="123")
    assert wrong.status_code == 400
    assert "valid email" in wrong.text
    assert "<img src" not in wrong.text
    assert send(sandbox, page, "review", outcome="approve").headers["location"].startswith("/onboarding/")
    send(sandbox, page, "start", email="a@b.co", phone="+49 30 123456")
    assert "not right" in send(sandbox, page, "verify", code="123456").text
    sandbox.web.post(page, data={"step": "verify", "go": "back"})
    assert "Mobile phone" in sandbox.web.get(page).text
    send(sandbox, page, "start", email="a@b.co", phone="+49 30 123456")
    send(sandbox, page, "verify", code="000000")
    for born, words in (("2025", "at least 13"), ("x", "valid date"), ("1850", "valid date")):
        assert words in send(sandbox, page, "person", **{**PERSON, "dob_year": born}).text
    assert "Fill in this field" in send(sandbox, page, "person").text
    send(sandbox, page, "person", **PERSON)
    assert "Accept the terms" in send(sandbox, page, "terms").text
    send(sandbox, page, "terms", accept="yes")
    assert send(sandbox, page, "review", outcome="nonsense").status_code == 400


def test_a_review_may_ask_for_a_document_or_reject(sandbox: Sandbox, client: stripe.StripeClient):
    asked, rejected = make_seller(sandbox, approved=False), make_seller(sandbox, approved=False)

    walk(sandbox, enter(sandbox, onboarding_link(client, asked)), outcome="document")
    old = client.v1.accounts.retrieve(asked)
    assert (old.details_submitted, old.charges_enabled) == (True, False)
    assert old.requirements.currently_due == ["individual.verification.document"]
    page = enter(sandbox, onboarding_link(client, asked))
    assert "Verify your identity" in sandbox.web.get(page).text
    assert "Choose the test document" in send(sandbox, page, "document").text
    send(sandbox, page, "document", document="test")
    assert "Review and finish" in sandbox.web.get(page).text
    send(sandbox, page, "review", outcome="approve")
    assert client.v1.accounts.retrieve(asked).charges_enabled

    walk(sandbox, enter(sandbox, onboarding_link(client, rejected)), outcome="reject")
    assert client.v1.accounts.retrieve(rejected).requirements.disabled_reason == "rejected.other"
    page = enter(sandbox, onboarding_link(client, rejected))
    assert sandbox.web.get(page).status_code == 403


def test_an_onboarded_account_is_sent_straight_back(sandbox: Sandbox, client: stripe.StripeClient):
    link = onboarding_link(client, make_seller(sandbox))

    assert sandbox.web.get(link).headers["location"] == "http://127.0.0.1:1/return"


def test_accounts_of_version_one_share_the_same_life(sandbox: Sandbox, client: stripe.StripeClient):
    account = client.v1.accounts.create(
        {"type": "express", "country": "DE", "email": "a@b.co", "capabilities": {"transfers": {"requested": True}}}
    )
    assert (account.type, account.country, account.capabilities.transfers) == ("express", "DE", "inactive")
    link = client.v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "refresh_url": "http://127.0.0.1:1/refresh",
            "return_url": "http://127.0.0.1:1/return",
        }
    )

    walk(sandbox, enter(sandbox, link.url))

    assert client.v1.accounts.retrieve(account.id).capabilities.transfers == "active"
    changed = client.v1.accounts.update(
        account.id, {"metadata": {"a": "b"}, "business_profile": {"name": "Poll House"}}
    )
    assert (changed.metadata["a"], changed.business_profile.name) == ("b", "Poll House")
    assert [each.id for each in client.v1.accounts.list().data] == [account.id]
    assert client.v1.accounts.retrieve_current().id == "acct_1SandboxPlatform"
    assert client.v1.accounts.retrieve_current(options={"stripe_account": account.id}).id == account.id


def test_a_login_link_opens_the_dashboard_once(sandbox: Sandbox, client: stripe.StripeClient):
    account_id = make_seller(sandbox, approved=False)
    with pytest.raises(stripe.InvalidRequestError, match="not completed onboarding"):
        client.v1.accounts.login_links.create(account_id)
    sandbox.control(f"accounts/{account_id}/approve")

    url = client.v1.accounts.login_links.create(account_id).url

    assert "Poll House" in sandbox.web.get(url).text
    assert sandbox.web.get(url).status_code == 410
    assert sandbox.web.get(re.sub("acct_[^/]+", "acct_x", url)).status_code == 404


def test_an_account_is_changed_through_version_two(sandbox: Sandbox, client: stripe.StripeClient):
    account_id = make_seller(sandbox)

    changed = client.v2.core.accounts.update(
        account_id,
        {"display_name": "New", "metadata": {"k": "v"}, "identity": {"country": "gb"}, "include": ["identity"]},
    )

    assert (changed.display_name, changed.metadata["k"], changed.identity.country) == ("New", "v", "gb")
    with pytest.raises(stripe.InvalidRequestError, match="No such account"):
        client.v2.core.accounts.retrieve("acct_x")
    with pytest.raises(stripe.StripeError, match="does not implement"):
        client.v2.core.accounts.update(account_id, {"configuration": {"merchant": {}}})
    with pytest.raises(stripe.InvalidRequestError, match=r"identity\.country"):
        client.v2.core.accounts.create({"configuration": {"recipient": {}}})
    recipient = {"capabilities": {"stripe_balance": {"stripe_transfers": {}}}}
    with pytest.raises(stripe.InvalidRequestError, match="requested"):
        client.v2.core.accounts.create({"configuration": {"recipient": recipient}})


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a/b", "http://", "/relative", "http://a/\r\nSet-Cookie: x", "http://[", ""]
)
def test_only_web_addresses_are_gone_back_to(sandbox: Sandbox, client: stripe.StripeClient, url: str):
    account_id = make_seller(sandbox, approved=False)

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.account_links.create(
            {"account": account_id, "type": "account_onboarding", "refresh_url": url, "return_url": "http://a.test"}
        )


def test_a_restricted_account_can_be_approved_again(sandbox: Sandbox, client: stripe.StripeClient):
    account_id = make_seller(sandbox)

    for reason in ("document", "review", "reject"):
        sandbox.control(f"accounts/{account_id}/restrict", {"reason": reason})
        assert not client.v1.accounts.retrieve(account_id).charges_enabled
    sandbox.control(f"accounts/{account_id}/approve")

    assert client.v1.accounts.retrieve(account_id).charges_enabled
    nonsense = sandbox.web.post(f"{sandbox.url}/_sandbox/accounts/{account_id}/restrict", json={"reason": "mood"})
    assert nonsense.status_code == 400
    assert sandbox.web.post(f"{sandbox.url}/_sandbox/accounts/acct_x/approve", json={}).status_code == 404

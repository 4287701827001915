"""The control panel: every button does what its command does, and only for whom it is."""

import re

import pytest

from tests.stripe_sandbox.conftest import Sandbox, eventually, follow_link, make_link, make_seller, pay
from tests.stripe_sandbox.test_billing import MONTH_S, subscribed


def panel(sandbox: Sandbox) -> str:
    answer = sandbox.web.get(f"{sandbox.url}/control")
    assert answer.status_code == 200
    return answer.text


def press(sandbox: Sandbox, button: str, object_id: str = "", headers: dict[str, str] | None = None, **form: str):
    body = {**form, **({"id": object_id} if object_id else {})}
    return sandbox.web.post(f"{sandbox.url}/control/{button}", data=body, headers=headers)


def done(sandbox: Sandbox, button: str, object_id: str = "", **form: str) -> str:
    """Press a button; gives the panel it leads back to."""
    answer = press(sandbox, button, object_id, {"origin": sandbox.url, "sec-fetch-site": "same-origin"}, **form)
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/control?done={button}"), answer.text
    back = sandbox.web.get(sandbox.url + answer.headers["location"])
    assert 'role="status"' in back.text
    return back.text


def sold(sandbox, client, card="4242424242424242", **fields):
    seller = make_seller(sandbox)
    assert pay(sandbox, follow_link(sandbox, make_link(client, seller).url), card, **fields).status_code == 303
    return seller, client.v1.charges.list().data[0]


def test_an_empty_panel_says_so_and_is_linked(sandbox):
    text = panel(sandbox)
    for nothing in ("accounts", "charges", "disputes", "payouts", "subscriptions", "events"):
        assert f"No {nothing} yet." in text
    assert 'href="/control"' in sandbox.web.get(f"{sandbox.url}/").text
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text)


def test_the_time_goes_on_and_subscriptions_with_it(sandbox, client):
    session, _ = subscribed(sandbox, client)
    assert session.subscription in panel(sandbox)
    assert f"{MONTH_S} s ahead" in done(sandbox, "advance", seconds=str(MONTH_S))
    assert len(client.v1.invoices.list({"subscription": session.subscription}).data) == 2
    for wrong in ("", "x", "0", "-5", "9" * 11, "٣"):
        refused = press(sandbox, "advance", seconds=wrong)
        assert (refused.status_code, 'role="alert"' in refused.text) == (400, True)


def test_a_charge_is_warned_of_disputed_and_won(sandbox, client):
    _, charge = sold(sandbox, client)
    done(sandbox, "warn", charge.id)
    assert client.v1.radar.early_fraud_warnings.list().data[0].charge == charge.id
    done(sandbox, "dispute", charge.id)
    (dispute,) = client.v1.disputes.list().data
    assert dispute.id in panel(sandbox)
    done(sandbox, "decide", dispute.id, outcome="won")
    assert client.v1.disputes.retrieve(dispute.id).status == "won"
    again = press(sandbox, "decide", dispute.id, outcome="lost")
    assert again.status_code == 400
    assert "decided already" in again.text


def test_an_inquiry_and_a_loss(sandbox, client):
    _, charge = sold(sandbox, client)
    done(sandbox, "dispute", charge.id, inquiry="yes")
    (dispute,) = client.v1.disputes.list().data
    assert dispute.status == "warning_needs_response"
    _, second = sold(sandbox, client)
    done(sandbox, "dispute", second.id)
    lost = client.v1.disputes.list({"charge": second.id}).data[0]
    done(sandbox, "decide", lost.id, outcome="lost")
    assert client.v1.disputes.retrieve(lost.id).status == "lost"


def test_a_payout_arrives_and_comes_back(sandbox, client):
    seller, _ = sold(sandbox, client, "4000000000000077")
    asked = {"amount": 500, "currency": "usd"}
    payout = client.v1.payouts.create(asked, {"stripe_account": seller})
    assert payout.id in panel(sandbox)
    done(sandbox, "pay", payout.id)
    done(sandbox, "fail", payout.id)
    assert client.v1.payouts.retrieve(payout.id, options={"stripe_account": seller}).status == "failed"


def test_an_account_is_restricted_and_restored(sandbox, client):
    seller = make_seller(sandbox)
    done(sandbox, "restrict", seller, reason="review")
    assert not client.v1.accounts.retrieve(seller).payouts_enabled
    assert "Restore" in panel(sandbox)
    done(sandbox, "approve", seller)
    assert client.v1.accounts.retrieve(seller).payouts_enabled


@pytest.mark.parametrize(("paid", "status"), [("yes", "succeeded"), ("no", "requires_payment_method")])
def test_a_bank_debit_is_answered(sandbox, client, paid, status):
    sold(sandbox, client, "", method="bank")
    (intent,) = client.v1.payment_intents.list().data
    assert intent.id in panel(sandbox)
    assert intent.id in sandbox.web.get(f"{sandbox.url}/").text
    done(sandbox, "bank", intent.id, paid=paid)
    assert client.v1.payment_intents.retrieve(intent.id).status == status


def test_a_bank_debit_is_disputed_without_a_card(sandbox, client):
    _, charge = sold(sandbox, client, "", method="bank")
    done(sandbox, "bank", charge.payment_intent, paid="yes")
    done(sandbox, "dispute", charge.id)
    (dispute,) = client.v1.disputes.list().data
    assert (dispute.reason, dispute.payment_method_details) == ("debit_not_authorized", None)


def test_events_are_delivered_again_and_a_refund_comes_back(sandbox, client, listener):
    _, charge = sold(sandbox, client)
    refund = client.v1.refunds.create({"charge": charge.id})
    done(sandbox, "return", refund.id)
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    event = client.v1.events.list({"type": "charge.succeeded"}).data[0].id
    before = [body["id"] for body in listener.bodies()].count(event)
    done(sandbox, "resend", event)
    eventually(lambda: [body["id"] for body in listener.bodies()].count(event) > before)
    assert "<strong>duplicate</strong>" in done(sandbox, "deliveries", mode="duplicate")


def test_the_weather_is_switched_kind_by_kind(sandbox):
    for kind in ("fail", "lose", "conflict", "limit", "slow"):
        done(sandbox, "chaos", kind=kind, switch="on")
    assert panel(sandbox).count(" off</button>") == 4
    text = done(sandbox, "chaos", kind="fail", switch="off")
    assert "fail on" in text
    assert "lose off" in text
    assert " off</button>" not in done(sandbox, "chaos", kind="calm")
    assert press(sandbox, "chaos", kind="rain", switch="on").status_code == 400


@pytest.mark.parametrize("headers", [
    {"origin": "http://evil.example"},
    {"origin": "http://127.0.0.1:1"},
    {"origin": "null"},
    {"referer": "http://127.0.0.1:1/control"},
    {"referer": "{own}.evil.example/"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site"},
])  # fmt: skip
def test_pages_of_others_press_no_button(sandbox, client, headers):
    sent = {name: value.replace("{own}", sandbox.url) for name, value in headers.items()}
    assert press(sandbox, "deliveries", headers=sent, mode="off").status_code == 403
    ordered = sandbox.web.post(f"{sandbox.url}/_sandbox/deliveries", json={"mode": "off"}, headers=sent)
    assert ordered.status_code == 403
    assert "<strong>on</strong>" in panel(sandbox)


def test_its_own_page_does_and_a_name_of_elsewhere_does_not(sandbox):
    own = sandbox.web.get(f"{sandbox.url}/control")
    # With no-referrer a browser would send `Origin: null` from the panel's own forms.
    assert own.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in own.headers["content-security-policy"]
    assert press(sandbox, "deliveries", headers={"referer": f"{sandbox.url}/control"}, mode="on").status_code == 303
    assert sandbox.web.get(f"{sandbox.url}/control", headers={"host": "evil.example"}).status_code == 400
    assert press(sandbox, "no-such-button").status_code == 404
    assert press(sandbox, "dispute", "ch_none").status_code == 404


def test_what_people_write_stays_text(sandbox, client):
    client.v2.core.accounts.create({"display_name": "<script>alert(1)</script>", "identity": {"country": "us"}})
    text = panel(sandbox)
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<b>" not in press(sandbox, "dispute", "<b>x</b>").text


def test_a_bank_that_asks_a_top_up_and_a_review_are_answered(sandbox, client):
    asks = {"payment_method": "pm_card_threeDSecureRequired", "confirm": True, "allowed_payment_method_types": ["card"]}
    intent = client.v1.payment_intents.create({"amount": 900, "currency": "usd", **asks})
    setup = client.v1.setup_intents.create(asks)
    first, second = (client.v1.topups.create({"amount": 500, "currency": "usd"}).id for _ in range(2))
    text = panel(sandbox)
    assert intent.id in text
    assert "to be saved" in text

    done(sandbox, "authenticate", intent.id, passed="yes")
    done(sandbox, "authenticate", setup.id, passed="no")
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert client.v1.setup_intents.retrieve(setup.id).last_setup_error.code == "setup_intent_authentication_failure"
    done(sandbox, "arrive", first)
    done(sandbox, "refuse", second)
    assert [each.status for each in client.v1.topups.list().data] == ["failed", "succeeded"]
    (charge,) = client.v1.charges.list().data
    done(sandbox, "review", charge.id)
    assert client.v1.reviews.list().data[0].charge == charge.id

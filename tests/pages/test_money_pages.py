"""The pages about money, over orders that were really paid at the sandbox."""

import httpx
import pytest

from polidat.catalog import RuleScope, commission_rules
from polidat.invoices import issue_invoice
from polidat.orders import (
    FraudFinding,
    Order,
    order_of,
    start_payment,
    sync_order,
)
from polidat.payments import refunds_of, seller_payouts, send_refund, start_onboarding, sync_account
from polidat.people import make_operator
from tests.factories import ordered, person, published
from tests.pages.test_pages import shown, words
from tests.stripe_sandbox.conftest import Clock, Sandbox, follow_link, pay

BACK = "http://127.0.0.1:1/order"


@pytest.fixture(scope="module")
def stripe(house):
    with httpx.Client(follow_redirects=False, timeout=30) as web:
        yield Sandbox(house.sandbox_url, Clock(), web)


@pytest.fixture(scope="module")
def listing(house, stripe, tmp_path_factory):
    return sold_by_somebody_paid(house, stripe, tmp_path_factory.mktemp("money"), "Money polls")


def sold_by_somebody_paid(house, stripe, folder, title):
    """A listing of a seller of its own, who can receive money."""
    found = published(house, folder, title, price_minor=1900)
    seller = person(house, f"seller-of-{title.lower().replace(' ', '-')}")
    start_onboarding(house.database, house.gateway, seller, return_url=BACK, refresh_url=BACK, now=house.now())
    account = sync_account(house.database, house.gateway, seller, now=house.now())
    stripe.control(f"accounts/{account.stripe_id}/approve")
    sync_account(house.database, house.gateway, seller, now=house.now())
    return found


@pytest.fixture(scope="module")
def operator(house):
    who = person(house, "money-operator")
    with house.unit_of_work() as session:
        return make_operator(session, who)


def bought(house, stripe, listing, buyer, card="4242 4242 4242 4242", *, quantity=1, **given) -> Order:
    given |= {"key": f"key-of-{buyer.id}", "quantities": {listing.id: quantity}}
    with house.unit_of_work() as session:
        order = ordered(session, buyer, [listing.id], **given, now=house.now())
    url = start_payment(house.database, house.gateway, buyer, order.public_id, return_url=BACK, now=house.now())
    assert pay(stripe, follow_link(stripe, url), card).status_code == 303
    return sync_order(house.database, house.gateway, buyer, order.public_id, now=house.now())


def test_a_seller_gives_a_sale_back_and_the_buyer_sees_it(house, stripe, listing, operator, monkeypatch):
    buyer, seller = person(house, "refunded-buyer"), person(house, "seller-of-money-polls")
    order = bought(house, stripe, listing, buyer)
    assert order.is_fulfilled
    invoice = invoiced(house, monkeypatch, buyer, order)
    page = shown("sell_overview.py", house, monkeypatch, seller)

    page.selectbox(key="refund_sale").select_index(0)
    page.text_input(key="refund_amount").set_value("1.234")
    page.button[[each.label for each in page.button].index("Refund")].click().run()
    assert "more decimals" in words(page)
    page.text_input(key="refund_amount").set_value("")
    page.button[[each.label for each in page.button].index("Refund")].click().run()
    assert "19.00 USD goes back to the buyer" in words(page)

    with house.reading() as session:
        (refund,) = refunds_of(session, order.public_id)
    send_refund(house.database, house.gateway, refund.public_id, now=house.now())
    page = shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id)
    assert "was given back" in words(page)
    labels = [each.proto.label for each in page.get("download_button")]
    note = labels[-1].removeprefix("Credit note ")
    assert labels == ["Receipt (PDF)", f"Invoice {invoice}", f"Credit note {note}"]
    sold = shown("sell_statement.py", house, monkeypatch, seller).dataframe[-1].value
    assert sold["number"].tolist() == [invoice, note]
    assert sold["amount"].tolist() == ["19.00 USD", "-19.00 USD"]
    books = shown("admin_ledger.py", house, monkeypatch, operator)
    books.text_input(key="invoice_words").set_value("no such invoice").run()
    assert "Nothing fits." in words(books)
    books.text_input(key="invoice_words").set_value(note).run()
    assert books.dataframe[-1].value["corrects"].tolist() == [invoice]


def invoiced(house, monkeypatch, buyer, order) -> str:
    """Whoever gives billing details on the order's page gets an invoice there; its number."""
    page = shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id)
    assert "Give your billing details" in words(page)
    for name, text in (("name", "Acme GmbH"), ("line1", "Ring 1"), ("city", "Wien")):
        page.text_input(key=f"billing_{name}").set_value(text)
    page.button(key="billing_keep").click().run()
    assert "Missing: country" in words(page)
    page.selectbox(key="billing_country").select("AT")
    page.button(key="billing_keep").click().run()
    assert [each.proto.label for each in page.get("download_button")] == ["Receipt (PDF)", "Invoice (PDF)"]
    with house.unit_of_work() as session:
        return issue_invoice(session, buyer, f"charge:{order.paid_charge}", now=house.now()).number


def test_a_dispute_is_shown_to_its_seller_and_answered_once(house, stripe, listing, monkeypatch):
    buyer, seller = person(house, "disputing-buyer"), person(house, "seller-of-money-polls")
    bought(house, stripe, listing, buyer, card="4000 0000 0000 0259")
    page = shown("sell_overview.py", house, monkeypatch, seller)
    assert "needs response" in words(page)

    send = [each.label for each in page.button].index("Send to the bank (only once)")
    page.button[send].click().run()
    assert "Evidence is a text" in words(page)
    page.text_area[0].set_value("The buyer downloaded it twice.")
    page.button[send].click().run()

    assert "The bank takes some weeks" in words(page)
    assert "under review" in words(shown("sell_overview.py", house, monkeypatch, seller))


def test_an_operator_adds_a_rule_sees_what_it_brings_and_ends_it(house, listing, operator, monkeypatch):
    page = shown("admin_commission.py", house, monkeypatch, operator)
    page.selectbox(key="rule_scope").select(RuleScope.STORE).run()
    page.selectbox(key="rule_target").select(listing.store.slug)
    page.text_input(key="rule_percent").set_value("twelve")
    page.button(key="add_rule").click().run()
    assert "is not a percentage" in words(page)

    for name, text in (("percent", "12.5"), ("currency", "usd"), ("fixed", "0.30")):
        page.text_input(key=f"rule_{name}").set_value(text)
    page.button(key="add_rule").click().run()
    page.text_input(key="preview_listing").set_value(listing.slug)
    page.text_input(key="preview_amount").set_value("100").run()

    assert "A sale: **12.80 USD of 100.00 USD** · 12.5 % + 0.30 USD" in words(page)
    assert "A usage: **15.00 USD of 100.00 USD** · 15 %" in words(page)
    page.button(key="end_rule").click().run()
    with house.reading() as session:
        rule = commission_rules(session, operator)[0]
        assert (rule.bps, rule.fixed_minor, rule.store_id) == (1_250, 30, listing.store.id)
        assert rule.valid_to is not None
    assert "15.00 USD of 100.00 USD" in words(page)
    assert "for operators" in words(shown("admin_commission.py", house, monkeypatch, person(house, "refunded-buyer")))


def test_while_stripe_is_away_the_order_page_shows_what_was_known(house, stripe, listing, monkeypatch):
    from polidat.payments import StripeAway

    buyer = person(house, "waiting-buyer")
    with house.unit_of_work() as session:
        order = ordered(session, buyer, [listing.id], key="waiting-key-1", now=house.now())
    monkeypatch.setattr(type(house.gateway), "intents_of_link", _away(StripeAway))
    start_payment(house.database, house.gateway, buyer, order.public_id, return_url=BACK, now=house.now())

    page = shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id)

    assert "Stripe does not answer" in words(page)
    assert order.public_id in words(page)


def _away(error):
    def ask(*_):
        raise error("in this test")

    return ask


def test_money_that_does_not_fit_is_given_back_by_the_operator(house, stripe, listing, operator, monkeypatch):
    buyer = person(house, "wrong-sum-buyer")
    with house.unit_of_work() as session:
        order = ordered(session, buyer, [listing.id], key="wrong-sum-key", now=house.now())
    url = start_payment(house.database, house.gateway, buyer, order.public_id, return_url=BACK, now=house.now())
    with house.unit_of_work() as session:
        session.connection().exec_driver_sql(
            "update order_line set price_minor = 2900 where order_id = %s", (order.id,)
        )
    assert pay(stripe, follow_link(stripe, url)).status_code == 303
    sync_order(house.database, house.gateway, buyer, order.public_id, now=house.now())
    page = shown("admin_overview.py", house, monkeypatch, operator)
    assert "but the order is over 29.00 USD" in words(page)

    page.button(key=f"give_{order.public_id}").click().run()
    assert "19.00 USD goes back" in words(page)
    page.button(key=f"seen_{order.public_id}").click().run()

    assert "but the order is over" not in words(page)
    with house.reading() as session:
        assert order_of(session, buyer, order.public_id).alert == ""


def test_the_books_page_checks_the_chain_and_shows_an_account(house, stripe, listing, operator, monkeypatch):
    bought(house, stripe, listing, person(house, "books-buyer"))
    page = shown("admin_ledger.py", house, monkeypatch, operator)

    page.selectbox(key="account").select(("R:commission", "usd")).run()
    assert len(page.dataframe[0].value) >= 1
    page.button(key="check_chain").click().run()

    assert "are as they were written" in words(page)
    assert "for operators" in words(shown("admin_ledger.py", house, monkeypatch, person(house, "books-buyer")))


def test_the_operator_exports_days_checks_one_and_keeps_an_anchor(house, operator, monkeypatch):
    page = shown("admin_exports.py", house, monkeypatch, operator)
    assert "Nothing is signed" in words(page)

    page.button(key="export_now").click().run()
    assert len(page.dataframe[0].value) >= 14
    page.button(key="check_export").click().run()
    assert "This day is as it was written." in words(page)
    page.button(key="anchor_now").click().run()

    assert page.dataframe[1].value.iloc[0]["signature"] == "no key"
    assert "for operators" in words(shown("admin_exports.py", house, monkeypatch, person(house, "exports-buyer")))


def test_the_operator_compares_the_books_with_stripe_and_settles_a_difference(
    house, stripe, listing, operator, monkeypatch
):
    bought(house, stripe, listing, person(house, "reconciled-buyer"))
    page = shown("admin_reconcile.py", house, monkeypatch, operator)
    page.button(key="compare").click().run()
    assert "movements" in words(page)

    with house.unit_of_work() as session:
        session.connection().exec_driver_sql(
            "insert into stripe_bt (id, kind, category, currency, amount_minor, fee_minor, net_minor, created_at, "
            "available_at, status) values "
            "('txn_strange', 'x', 'other_adjustment', 'usd', -77, 0, -77, now(), now(), 'x')"
        )
    page.button(key="compare").click().run()
    assert "does not agree" in words(page)
    assert "unknown type" in words(page)
    assert "balance mismatch" in words(page)
    assert "0 days old. Nobody looks after it yet." in words(page)
    next(each for each in page.button if each.label == "I look after it").click().run()
    assert f"{operator.email} looks after it." in words(page)
    while settle := [each for each in page.button if each.label == "Settle"]:
        settle[0].click().run()
        assert "Say what you found" in words(page)
        field = next(each for each in page.text_input if each.key.startswith("note_"))
        field.set_value("A correction by Stripe")
        next(each for each in page.button if each.label == "Settle").click().run()

    with house.reading() as session:
        told = (
            "select category, state, note from discrepancy where category = 'balance_mismatch' or bt_id = 'txn_strange'"
        )
        rows = session.connection().exec_driver_sql(told).all()
        assert not session.connection().exec_driver_sql("select 1 from discrepancy where state = 'open'").all()
        booked = session.connection().exec_driver_sql("select count(*) from ledger_entry where bt_id = 'txn_strange'")
        assert booked.scalar_one() == 1
    assert {tuple(each) for each in rows} == {
        ("balance_mismatch", "settled", "A correction by Stripe"),
        ("unknown_type", "settled", "A correction by Stripe"),
    }


def test_a_seller_pays_out_what_is_available(house, stripe, monkeypatch, tmp_path):
    listing = sold_by_somebody_paid(house, stripe, tmp_path, "Payout polls")
    seller = person(house, "seller-of-payout-polls")
    bought(house, stripe, listing, person(house, "payout-buyer"), card="4000 0000 0000 0077")
    page = shown("sell_payouts.py", house, monkeypatch, seller)
    assert page.metric[0].label == "Available"

    page.text_input(key="payout_amount").set_value("999.00")
    next(each for each in page.button if each.label == "Pay out").click().run()
    assert "more than can be paid out" in words(page)
    page.text_input(key="payout_amount").set_value("5.00")
    next(each for each in page.button if each.label == "Pay out").click().run()
    assert "5.00 USD is on its way" in words(page)

    (payout,) = seller_payouts(house.database, house.gateway, seller)
    stripe.control(f"payouts/{payout.id}/fail")
    failed = words(shown("sell_payouts.py", house, monkeypatch, seller))
    assert "came back" in failed
    assert "Connect to Stripe first" in words(
        shown("sell_payouts.py", house, monkeypatch, person(house, "payout-buyer"))
    )


def test_the_operator_reads_and_checks_the_audit_log(house, listing, operator, monkeypatch):
    page = shown("admin_audit.py", house, monkeypatch, operator)
    assert "publish" in set(page.dataframe[0].value["action"])
    page.text_input(key="audit_action").set_value("nothing like it").run()
    assert "Nothing fits" in words(page)
    page.button(key="audit_check").click().run()
    assert "are as they were sealed" in words(page)
    assert "for operators" in words(shown("admin_audit.py", house, monkeypatch, person(house, "curious")))


def test_an_empty_wallet_and_no_subscriptions_say_what_to_do(house, monkeypatch):
    newcomer = person(house, "newcomer")
    page = shown("shop_wallet.py", house, monkeypatch, newcomer)
    assert "Your wallet is empty" in words(page)
    page.text_input(key="top_up_amount").set_value("0.10")
    page.button[[each.label for each in page.button].index("Pay in")].click().run()
    assert "Pay in 1.00 USD to 10,000.00 USD at once" in words(page)
    assert "You have no subscription" in words(shown("shop_subscriptions.py", house, monkeypatch, newcomer))


def test_a_seller_makes_a_coupon_and_a_buyer_sees_what_it_takes_off(house, stripe, listing, monkeypatch):
    seller, buyer = person(house, "seller-of-money-polls"), person(house, "coupon-buyer")
    page = shown("sell_overview.py", house, monkeypatch, seller)
    page.text_input(key="code_store-money-polls").set_value("autumn")
    page.text_input(key="off_store-money-polls").set_value("50 %")
    page.button[[each.label for each in page.button].index("Make the coupon")].click().run()
    assert "AUTUMN takes 50 % off" in words(page)

    page = shown("shop_listing.py", house, monkeypatch, buyer, listing=listing.slug)
    page.text_input(key="coupon").set_value("autumn").run()
    assert "Less 9.50 USD: you pay 9.50 USD." in words(page)
    page.text_input(key="coupon").set_value("winter").run()
    assert "it fits nothing here" in words(page)


def test_the_operator_tries_other_numbers_of_a_fraud_rule_and_keeps_them(house, operator, monkeypatch):
    page = shown("admin_rules.py", house, monkeypatch, operator)
    page.selectbox(key="rule").select("F8").run()
    assert "this share of a buyer's orders that went back: **30 %**" in words(page)
    page.number_input(key="F8_window_s").set_value(-1)
    page.button(key="keep_F8").click().run()
    assert "A rule looks back at most a year" in words(page)

    page.number_input(key="F8_window_s").set_value(86_400)
    page.number_input(key="F8_threshold").set_value(250)
    page.number_input(key="F8_days").set_value(7)
    page.button(key="try_F8").click().run()
    assert "F8 would have caught nothing in the last 7 days" in words(page)
    page.number_input(key="F8_days").set_value(91)
    page.button(key="try_F8").click().run()
    assert "Look back over 1 to 90 days" in words(page)
    page.radio(key="F8_mode").set_value("off")
    page.button(key="keep_F8").click().run()
    assert "F8 asks this from now on, as version 2" in words(page)

    newest, first = page.dataframe[0].value.to_dict("records")
    assert (newest["version"], newest["by"], newest["mode"]) == (2, operator.email, "off")
    assert "Looks back over: 1 day · Speaks above this share of a buyer's orders that went back: 25 %" in newest["asks"]
    assert (first["version"], first["by"]) == (1, "as delivered")
    for name in ("admin_rules.py", "admin_review.py"):
        assert "for operators" in words(shown(name, house, monkeypatch, person(house, "curious-3")))


def test_the_operator_lifts_what_lets_payouts_wait(house, operator, monkeypatch):
    owner = person(house, "owner-of-a-taken-account")
    with house.unit_of_work() as session:
        seen = {"rule_version": 1, "inputs": {}, "action": "refuse", "mode": "active", "found_at": house.now()}
        found = FraudFinding(rule_code="F13", subject="person:0", person_id=owner.id, state="confirmed", **seen)
        session.add(found)
    page = shown("admin_review.py", house, monkeypatch, operator)
    assert "No payout of this seller leaves" in words(page)
    page.button(key=f"lift_{found.id}").click().run()
    assert "No payout of this seller leaves" not in words(page)

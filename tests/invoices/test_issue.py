"""An invoice is issued once, numbered without a gap, and stays as it was; what goes back gets a credit note."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from polidat.catalog import Attestation
from polidat.core import Money
from polidat.invoices import (
    InvoiceKind,
    InvoiceLine,
    NoBillingDetails,
    NoSuchInvoice,
    Numbering,
    OperatorsOnly,
    Party,
    billables_of,
    credit_month,
    credit_refund,
    find_invoices,
    invoice_of,
    invoices_csv,
    invoices_of,
    invoices_sold,
    issue_invoice,
    keep_billing_details,
    keep_house_details,
    numbering,
    sold_csv,
)
from polidat.invoices.draft import supplied
from polidat.invoices.models import Invoice
from polidat.orders import (
    HostingGivenBack,
    HostingMonth,
    Shipment,
    Subscription,
    SubscriptionKind,
    SubscriptionPayment,
    TopUp,
)
from polidat.payments import Charge, Payment, PaymentRefunded, PaymentState, Refund
from tests.conftest import NOON
from tests.insights.books import Books
from tests.invoices.conftest import ACME

DAY = timedelta(days=1)


def went_back(order, ref: str, minor: int, *, at=NOON) -> PaymentRefunded:
    return PaymentRefunded(
        subject=order.public_id, refund_ref=ref, charge_id=order.paid_charge, seller="", amount_minor=minor,
        currency=order.currency, settled_minor=minor, settled_currency=order.currency, from_seller=False,
        seller_minor=0, at=at,
    )  # fmt: skip


def issued(session, person, order, **given):
    return issue_invoice(session, person, f"charge:{order.paid_charge}", **{"now": NOON, **given})


def test_an_invoice_has_lines_sellers_buyer_and_payment_and_stays_as_it_was(session, books, bea, order):
    first = issued(session, bea, order)
    keep_billing_details(session, bea, Party("Acme New AG", "Other 2", city="Bern", country="CH"), now=NOON)
    order.lines[0].title = "Renamed"

    again = issued(session, bea, order, now=NOON + DAY)

    assert again is first
    assert (first.number, first.total, first.paid_at) == ("PD-2026-000001", Money(12_500, "usd"), NOON)
    assert first.buyer == ACME
    assert first.payment_ref == "ch_ord_one"
    assert [(each.title, each.amount_minor, each.seller) for each in first.lines] == [
        ("Polls", 10_000, Party("Store of Polls")), ("Votes", 2_500, Party("Store of Votes")),
    ]  # fmt: skip


def test_nothing_of_an_issued_invoice_can_be_changed(session, bea, order):
    issued(session, bea, order)

    for change in (
        update(Invoice).values(total_minor=0),
        update(InvoiceLine).values(title="x"),
        delete(InvoiceLine),
        text("delete from invoice_series"),
    ):
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(change)


def test_without_details_or_for_somebody_else_nothing_is_issued_and_no_number_is_lost(session, books, bea, order):
    bob = books.person("bob")
    other = books.sale("ord_two", bob, NOON, (books.listing(bea, "Maps"), 700, 0, 0))
    free = books.sale("ord_free", bob, NOON, (books.listing(bea, "Gifts"), 0, 0, 0))
    free.paid_charge = None
    with pytest.raises(NoBillingDetails):
        issued(session, bob, other)
    for who, cause in ((bob, "charge:ch_ord_one"), (bea, "charge:ch_nobody"), (bea, "month:1:never"), (bea, "")):
        with pytest.raises(NoSuchInvoice):
            issue_invoice(session, who, cause, now=NOON)

    keep_billing_details(session, bob, ACME, now=NOON)
    numbers = [issued(session, *each).number for each in ((bob, other), (bea, order))]

    assert numbers == ["PD-2026-000001", "PD-2026-000002"]
    assert [each.subject for each in billables_of(session, bob)] == ["ord_two"]


def test_each_year_begins_at_one(session, books, bea, order):
    ben = books.person("ben")
    other = books.sale("ord_two", bea, NOON, (books.listing(ben, "Maps"), 700, 0, 0))
    new_year = NOON.replace(year=2027, month=1, day=1, hour=0)

    before = issued(session, bea, order, now=new_year - timedelta(microseconds=1))
    after = issued(session, bea, other, now=new_year)

    assert (before.number, after.number) == ("PD-2026-000001", "PD-2027-000001")


def test_two_who_ask_at_once_get_the_same_number_and_others_the_next(new_database):
    database = new_database()
    with database.unit_of_work() as session:
        books = Books(session)
        ann, bea = books.person("ann"), books.person("bea")
        keep_billing_details(session, bea, ACME, now=NOON)
        orders = [books.sale(f"ord_{at}", bea, NOON, (books.listing(ann, f"Polls {at}"), 100, 0, 0)) for at in range(3)]
    got, start = [], threading.Barrier(6)

    def ask(cause: str) -> None:
        start.wait()
        with database.unit_of_work() as session:
            got.append((cause, issue_invoice(session, bea, cause, now=NOON).number))

    asks = [threading.Thread(target=ask, args=[f"charge:{each.paid_charge}"]) for each in [*orders, *orders]]
    for each in asks:
        each.start()
    for each in asks:
        each.join()

    assert len(got) == 6
    assert len(set(got)) == 3
    assert {number for _, number in got} == {f"PD-2026-00000{at}" for at in (1, 2, 3)}


def test_a_refund_is_a_credit_note_with_a_number_of_its_own_that_names_the_invoice(session, books, bea, order):
    invoice = issued(session, bea, order)
    books.refund("ref_1", order, NOON, {2: 1_250}, ("R:commission", 1_250))
    fact = went_back(order, "ref_1", 1_250)

    credit_refund(session, fact)
    credit_refund(session, fact)

    note, first = invoices_of(session, bea)
    assert first is invoice
    assert (note.number, note.corrects, note.kind) == ("PD-CN-2026-000001", invoice, InvoiceKind.CREDIT)
    assert (note.total, note.buyer) == (Money(-1_250, "usd"), ACME)
    assert [(each.title, each.amount_minor) for each in note.lines] == [("Votes", -1_250)]
    (paid,) = billables_of(session, bea, subject="ord_one")
    assert (paid.invoice, paid.credits) == (invoice, [note])


def test_what_went_back_before_anybody_asked_for_the_invoice_is_credited_with_it(session, books, bea, order):
    books.refund("ref_1", order, NOON, {1: 400, 2: 100}, ("R:commission", 500))
    books.refund("ref_2", order, NOON, {1: 700}, ("R:commission", 700))
    session.execute(update(Refund).where(Refund.public_id == "ref_1").values(booked_at=NOON))
    credit_refund(session, went_back(order, "ref_1", 500))
    assert invoices_of(session, bea) == []

    invoice = issued(session, bea, order)

    note, _ = invoices_of(session, bea)
    assert (note.corrects_id, note.total_minor, len(note.lines)) == (invoice.id, -500, 2)


def test_who_sees_an_invoice_and_who_finds_them_all(session, books, bea, order):
    operator, ann = books.operator(), books.person("ann")
    maps = books.sale("ord_maps", bea, NOON, (books.listing(ann, "=Maps"), 700, 0, 0))
    both, alone = (issued(session, bea, each).number for each in (order, maps))

    assert invoice_of(session, bea, both.lower()).number == both
    assert invoice_of(session, operator, both).number == both
    assert invoice_of(session, ann, alone).number == alone
    for who, number in ((ann, both), (books.person("eve"), both), (bea, "PD-1")):
        with pytest.raises(NoSuchInvoice):
            invoice_of(session, who, number)
    with pytest.raises(OperatorsOnly):
        find_invoices(session, ann, limit=9)

    def found(words: str) -> list[str]:
        return [each.number for each in find_invoices(session, operator, words, limit=9)]

    assert found("") == found("acme") == found("pd-2026") == [alone, both]
    assert found("ORD_one") == [both]
    assert found("%") == []
    sold = invoices_sold(session, ann, NOON, NOON + DAY)
    assert [(each.number, line.title) for each, line in sold] == [(both, "Polls"), (alone, "=Maps")]
    assert invoices_sold(session, ann, NOON - DAY, NOON) == []
    assert sold_csv(sold).splitlines()[2] == (
        f"{alone},2026-11-20T12:00:00+00:00,,ord_maps,'=Maps,1,Acme GmbH,AT,ATU12345678,PO-7,7.00,usd"
    )
    assert invoices_csv(find_invoices(session, operator, both, limit=9)).splitlines()[1].endswith(",125.00,usd")


@pytest.mark.parametrize(("code", "minor", "shown"), [("jpy", 1_900, "1,900 JPY"), ("kwd", 12_350, "12.350 KWD")])
def test_currencies_without_and_with_three_decimals_are_exact(session, books, bea, code, minor, shown):
    order = books.sale("ord_x", bea, NOON, (books.listing(books.person("ann"), "Polls"), minor, 0, 0), currency=code)

    invoice = issued(session, bea, order)

    assert str(invoice.total) == shown


def subscription(session, person, kind, **given) -> None:
    """A period of a month that was paid by `ch_s`."""
    session.add(
        Payment(
            public_id="pay_s", subject="sbs_1", items=[], amount_minor=900, currency="usd", fee_minor=0, return_url="",
            state=PaymentState.CLOSED, link_id="in_1", created_at=NOON, period_start=NOON, period_end=NOON + 30 * DAY,
        )
    )  # fmt: skip
    session.flush()
    payment = session.scalars(select(Payment)).one()
    session.add(
        Charge(
            id="ch_s", payment_id=payment.id, intent_id="pi_s", subject="sbs_1", amount_minor=900, currency="usd",
            fee_minor=0, state="settled", settled_minor=900, settled_currency="usd", charged_at=NOON,
        )
    )  # fmt: skip
    found = Subscription(
        public_id="sbs_1", person_id=person.id, key="k", kind=kind, title="Polls", price_minor=900, currency="usd",
        interval="month", trial_days=0, commission_bps=0, state="active", ends_with_period=False, asked_at=NOON,
        **given,
    )  # fmt: skip
    session.add(found)
    session.flush()
    session.add(
        SubscriptionPayment(
            charge_id="ch_s", subscription_id=found.id, amount_minor=900, settled_minor=900, seller_minor=0,
            refunded_minor=0, recognised_minor=0, paid_at=NOON,
        )
    )  # fmt: skip
    session.flush()


def test_a_paid_period_of_a_subscription_is_an_invoice_over_that_period(session, books, bea):
    listing = books.listing(books.person("ann"), "Polls")
    subscription(
        session, bea, SubscriptionKind.DATA, listing_id=listing.id, dataset_id=listing.dataset_id,
        seller_id=listing.store.owner_id,
    )  # fmt: skip
    (paid,) = billables_of(session, bea, InvoiceKind.SUBSCRIPTION, InvoiceKind.HOSTING)
    assert (paid.period, paid.amount) == ((NOON, NOON + 30 * DAY), Money(900, "usd"))

    invoice = issue_invoice(session, bea, paid.cause, now=NOON)

    (line,) = invoice.lines
    assert (invoice.kind, invoice.subject, invoice.payment_ref) == (InvoiceKind.SUBSCRIPTION, "sbs_1", "pay_s")
    assert (line.title, line.period_end, line.seller_id) == (
        "Polls, by the month", NOON + 30 * DAY, listing.store.owner_id,
    )  # fmt: skip


def test_hosting_by_card_and_out_of_earnings_is_the_houses_own(session, books, bea):
    listing = books.listing(bea, "Mine")
    subscription(session, bea, SubscriptionKind.HOSTING, store_id=listing.store_id)
    session.add(
        HostingMonth(
            store_id=listing.store_id, starts_at=NOON - 31 * DAY, ends_at=NOON, netted_minor=400, owed_minor=500,
            currency="usd", taken_at=NOON - 31 * DAY,
        )
    )  # fmt: skip
    session.flush()

    by_card, netted = billables_of(session, bea, InvoiceKind.HOSTING)
    first, second = (issue_invoice(session, bea, each.cause, now=NOON) for each in (by_card, netted))

    assert billables_of(session, bea, InvoiceKind.SUBSCRIPTION) == []
    assert (first.kind, first.lines[0].seller, first.paid_at) == (InvoiceKind.HOSTING, None, NOON)
    assert (second.total, second.paid_at, second.subject) == (Money(900, "usd"), None, "store-of-mine")
    assert (second.lines[0].period_start, second.lines[0].period_end) == (NOON - 31 * DAY, NOON)


def test_money_paid_ahead_is_a_prepayment_invoice_and_what_goes_back_is_credited(session, books, bea):
    session.add(
        Charge(
            id="ch_t", intent_id="pi_t", subject="top_1", amount_minor=2_000, currency="usd", fee_minor=0,
            state="settled", settled_minor=2_000, settled_currency="usd", charged_at=NOON,
        )
    )  # fmt: skip
    top_up = TopUp(
        public_id="top_1", person_id=bea.id, key="k", amount_minor=2_000, currency="usd", asked_at=NOON, paid_at=NOON,
        paid_charge="ch_t",
    )  # fmt: skip
    session.add(top_up)
    session.flush()
    (paid,) = billables_of(session, bea, InvoiceKind.TOP_UP)

    invoice = issue_invoice(session, bea, paid.cause, now=NOON)
    back = went_back(top_up, "ref_t", 500)
    credit_refund(session, back)

    assert (invoice.kind, invoice.total_minor) == (InvoiceKind.TOP_UP, 2_000)
    assert invoices_of(session, bea)[0].total_minor == -500


def test_sellers_and_the_house_stand_on_it_by_their_own_details(session, books, bea, order):
    operator, ann = books.operator(), books.person("ann")
    keep_billing_details(
        session, ann, Party("Ann OG", "Weg 3", city="Graz", country="AT", order_reference="x"), now=NOON
    )
    keep_house_details(session, operator, Party("PoliDat Ltd", "Road 4", city="Dublin", country="IE"), now=NOON)
    with pytest.raises(OperatorsOnly):
        keep_house_details(session, ann, ACME, now=NOON)

    invoice = issued(session, bea, order)

    first, second = (line.seller for line in invoice.lines)
    assert first is not None
    assert first.in_one_line == "Ann OG, Weg 3, Graz, AT"
    assert first.order_reference == ""
    assert second == Party("Store of Votes")
    assert invoice.issuer.name == "PoliDat Ltd"


def test_a_line_says_when_it_was_supplied_and_that_it_was_not_yet(order):
    line = order.lines[0]

    assert supplied(order, line) is None  # its licence is not accepted
    line.acceptance_id = 1
    assert supplied(order, line) == NOON
    line.attestation = Attestation(state="waiting", decided_at=None)
    assert supplied(order, line) is None
    for decided in (NOON - DAY, NOON + DAY):
        line.attestation = Attestation(state="approved", decided_at=decided)
        assert supplied(order, line) == max(decided, NOON)
    line.attestation = None
    line.shipment = Shipment(state="shipped", shipped_at=NOON + DAY)
    assert supplied(order, line) == NOON + DAY
    line.shipment.state = "canceled"
    assert supplied(order, line) is None


def test_the_operator_sees_how_far_each_series_went_and_that_no_number_is_missing(session, books, bea, order):
    operator = books.operator()
    assert numbering(session, operator) == []
    issued(session, bea, order)
    session.execute(text("update invoice_series set last = 3"))

    assert numbering(session, operator) == [Numbering("PD", 2026, 3, 1)]
    with pytest.raises(OperatorsOnly):
        numbering(session, bea)


def test_a_month_spelt_another_way_is_the_same_invoice(session, books, bea):
    store = books.listing(bea, "Mine").store
    session.add(HostingMonth(store_id=store.id, starts_at=NOON, ends_at=NOON + 30 * DAY, currency="usd",
                             netted_minor=900, owed_minor=0, taken_at=NOON))  # fmt: skip
    session.flush()
    (paid,) = [each for each in billables_of(session, bea) if each.kind == InvoiceKind.HOSTING]
    first = issue_invoice(session, bea, paid.cause, now=NOON)

    for spelt in (paid.cause.replace("+00:00", "Z"), paid.cause.replace("month:", "month:0")):
        assert spelt != paid.cause
        assert issue_invoice(session, bea, spelt, now=NOON) is first
    for wrong in ("month:1:2026-11-01", "month:1:0001-01-01T00:00:00+14:00"):
        with pytest.raises(NoSuchInvoice):
            issue_invoice(session, bea, wrong, now=NOON)


def test_what_goes_back_of_a_month_of_hosting_is_credited_or_never_billed(session, books, bea):
    store = books.listing(bea, "Mine").store
    months = [
        HostingMonth(store_id=store.id, starts_at=NOON + each * DAY, ends_at=NOON + (each + 1) * DAY, currency="usd",
                     netted_minor=400, owed_minor=500, taken_at=NOON)
        for each in (0, 1, 2)
    ]  # fmt: skip
    session.add_all(months)
    session.flush()
    early, late, whole = (each.cause for each in reversed(billables_of(session, bea)))
    first = issue_invoice(session, bea, early, now=NOON)
    for month, back in zip(months, (300, 300, 900), strict=True):
        month.returned_minor = back
        session.flush()
        credit_month(session, HostingGivenBack(store.id, bea.id, back, "usd", month.starts_at, NOON + DAY))

    second = issue_invoice(session, bea, late, now=NOON + DAY)
    note, *_ = [each for each in invoices_of(session, bea) if each.is_credit]
    with pytest.raises(NoSuchInvoice):
        issue_invoice(session, bea, whole, now=NOON + DAY)

    assert (first.total_minor, note.total_minor, note.corrects) == (900, -300, first)
    assert (second.total_minor, len(invoices_of(session, bea))) == (600, 3)
    assert [(each.amount.minor, len(each.credits)) for each in billables_of(session, bea)] == [(600, 0), (600, 1)]

"""Every page, empty and filled, as the person it is for."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from sqlalchemy import delete, text
from streamlit.testing.v1 import AppTest

from polidat.access import grant
from polidat.insights import AlarmKind, OperatorAlert
from polidat.orders import my_orders
from polidat.people import Person, SaleMails, make_operator, resume_keys, suspend_keys
from polidat.query import DownloadsRest, note_download
from tests.factories import SPEECH, cookie_of, ordered, person, published

PAGES = Path(__file__).parents[2] / "pages"


def shown(page, house, monkeypatch, who=None, *, cart=None, **query):
    """Return the page as this person sees it, or a visitor with this token of a cart."""
    cookies = {"polidat_session": cookie_of(house, who) if who else None, "polidat_cart": cart}
    monkeypatch.setattr(type(st.context), "cookies", SimpleNamespace(get=cookies.get))
    test = AppTest.from_file(str(PAGES / page), default_timeout=30)
    for name, value in query.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception, test.exception
    return test


def words(test):
    kinds = ("title", "info", "error", "warning", "success", "caption", "markdown", "subheader", "text")
    return " ".join(str(each.value) for kind in kinds for each in getattr(test, kind))


@pytest.fixture(scope="module")
def polls(house, tmp_path_factory):
    return published(house, tmp_path_factory.mktemp("pages"), "Page polls", price_minor=1900)


@pytest.fixture(scope="module")
def free(house, tmp_path_factory):
    return published(house, tmp_path_factory.mktemp("pages"), "Page speech", price_minor=0, name="s.txt", text=SPEECH)


@pytest.fixture(scope="module")
def owner(house, polls):
    who = person(house, "page-owner")
    with house.unit_of_work() as session:
        grant(session, who.id, polls.dataset_id, kind="free", order_line="test:pages", now=house.now())
    return who


@pytest.fixture(scope="module")
def newcomer(house):
    return person(house, "page-newcomer")


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("shop_library.py", "library is empty"),
        ("shop_orders.py", "not ordered anything"),
        ("shop_order.py", "Choose an order"),
        ("ask_sql.py", "library is empty"),
        ("ask_chat.py", "library is empty"),
        ("sell_overview.py", "offer nothing yet"),
        ("sell_publish.py", "open your store"),
        ("desk_account.py", "no keys"),
        ("shop_listing.py", "Choose a dataset"),
        ("admin_overview.py", "for operators"),
    ],
)
def test_a_page_without_anything_to_show_says_so(house, newcomer, monkeypatch, page, says):
    assert says in words(shown(page, house, monkeypatch, newcomer))


@pytest.mark.parametrize(
    "page", ["shop_library.py", "ask_sql.py", "sell_publish.py", "shop_orders.py", "desk_account.py"]
)
def test_a_visitor_is_asked_to_sign_in(house, monkeypatch, page):
    assert "Please sign in" in words(shown(page, house, monkeypatch))


def test_browsing_finds_and_says_when_nothing_fits(house, polls, monkeypatch):
    page = shown("shop_browse.py", house, monkeypatch)
    assert "Page polls" in words(page)

    page.text_input(key="words").set_value("zebra").run()

    assert "Nothing fits" in words(page)


def test_a_listing_shows_price_schema_sample_and_quality(house, polls, monkeypatch):
    page = shown("shop_listing.py", house, monkeypatch, listing=polls.slug)

    assert page.metric[0].value == "19.00 USD"
    assert len(page.dataframe) >= 2
    assert "expectations hold" in words(page)
    assert "There is no listing" in words(shown("shop_listing.py", house, monkeypatch, listing="nothing"))


def accept(page) -> None:
    """Tick every licence that is shown."""
    for each in page.checkbox:
        if each.key.startswith("accept_"):
            each.check()


def test_buying_of_a_seller_without_stripe_says_why(house, polls, newcomer, monkeypatch):
    page = shown("shop_listing.py", house, monkeypatch, newcomer, listing=polls.slug)

    page.button(key="buy").click().run()
    assert "Read and accept the licence first" in words(page)
    accept(page)
    page.button(key="buy").click().run()

    assert "cannot be paid at the moment" in words(page)


def test_a_query_runs_and_a_wrong_one_says_why(house, polls, owner, monkeypatch):
    page = shown("ask_sql.py", house, monkeypatch, owner, listing=polls.slug)
    editor = page.text_area(key=f"sql_{polls.slug}")

    editor.set_value("SELECT state, count(*) AS n FROM polls GROUP BY 1")
    page.button(key="run").click().run()
    assert "3 rows" in words(page)
    page.text_area(key=f"sql_{polls.slug}").set_value("DROP TABLE polls")
    page.button(key="run").click().run()

    assert page.error


def test_downloads_are_noted_and_rest_with_the_keys(house, polls, owner, monkeypatch):
    note_download(house.database, owner, polls.slug, now=house.now())
    with house.unit_of_work() as session:
        uses = text("select count(*) from dataset_usage where person_id = :id and kind = 'download'")
        assert session.scalar(uses, {"id": owner.id}) == 1
        suspend_keys(session, owner.id, cause="fraud:page", now=house.now())
    page = shown("ask_sql.py", house, monkeypatch, owner, listing=polls.slug)
    page.button(key="run").click().run()
    assert "downloads rest" in words(page)
    assert not page.dataframe
    with pytest.raises(DownloadsRest):
        note_download(house.database, owner, polls.slug, now=house.now())
    with house.unit_of_work() as session:
        resume_keys(session, "fraud:page")


def test_a_question_is_answered_with_sql_or_declined(house, polls, owner, monkeypatch):
    page = shown("ask_chat.py", house, monkeypatch, owner, listing=polls.slug)

    page.chat_input(key="question").set_value("How many polls were there in 2016?").run()
    assert "2016" in page.code[0].value
    page.chat_input(key="question").set_value("Who will win?").run()

    assert "cannot answer" in words(page)


def test_the_library_and_the_account_are_filled(house, owner, monkeypatch):
    assert "Page polls" in " ".join(
        str(each.value) for each in shown("shop_library.py", house, monkeypatch, owner).subheader
    )
    page = shown("desk_account.py", house, monkeypatch, owner)

    page.text_input(key="key_name").set_value("laptop").run()
    page.button(key="make_key").click().run()

    assert page.code[0].value.startswith("pd_")
    assert any("· read · made" in str(each.value) for each in page.markdown)
    page.button_group(key="key_scopes").set_value(["buy", "payout"]).run()
    assert "sends money away" in words(page)
    page.button(key="make_key").click().run()
    assert any("· buy, payout · made" in str(each.value) for each in page.markdown)
    page.button_group(key="key_scopes").set_value([]).run()
    page.button(key="make_key").click().run()
    assert "Choose what the key may do." in words(page)
    assert not page.radio  # who sells nothing hears of no sales


def test_a_seller_chooses_how_to_hear_of_sales(house, polls, monkeypatch):
    seller = person(house, "seller-of-page-polls")
    page = shown("desk_account.py", house, monkeypatch, seller)
    assert page.radio(key="sale_mails").value == SaleMails.EACH

    page.radio(key="sale_mails").set_value(SaleMails.DAILY).run()

    assert "Kept." in words(page)
    with house.reading() as session:
        assert session.get_one(Person, seller.id).sale_mails == SaleMails.DAILY
    again = shown("desk_account.py", house, monkeypatch, seller)
    assert again.radio(key="sale_mails").value == SaleMails.DAILY


def test_a_seller_opens_a_store_starts_a_draft_and_sees_what_was_read(house, polls, monkeypatch):
    seller = person(house, "page-seller")
    page = shown("sell_publish.py", house, monkeypatch, seller)
    page.text_input(key="store_name").set_value("Page store").run()
    page.button(key="open_store").click().run()
    page.text_input(key="title").set_value("First").run()
    page.button(key="start").click().run()
    assert "Nothing is committed yet" in words(page)

    filled = shown("sell_publish.py", house, monkeypatch, person(house, "seller-of-page-polls"), draft=polls.slug)
    filled.text_input(key=f"price_{polls.slug}").set_value("29.00")
    filled.button(key="publish").click().run()

    assert "Published" in words(filled)
    filled.toggle(key=f"edit_suite_{polls.dataset_id}").set_value(True).run()
    filled.text_area(key=f"suite_{polls.dataset_id}").set_value("{}")
    filled.button(key="keep_suite").click().run()
    assert "cannot be used" in words(filled)
    overview = shown("sell_overview.py", house, monkeypatch, person(house, "seller-of-page-polls"))
    assert "Page polls" in words(overview)
    overview.button(key="connect").click().run()
    assert not overview.error


def test_the_order_page_shows_what_was_got(house, free, newcomer, monkeypatch):

    with house.unit_of_work() as session:
        order = ordered(session, newcomer, [free.id], key="page-order-key-1", now=house.now())
    page = shown("shop_order.py", house, monkeypatch, newcomer, order=order.public_id)

    assert "Thank you" in words(page)
    assert page.metric[0].value == "0.00 USD"
    assert order.public_id in words(shown("shop_orders.py", house, monkeypatch, newcomer))
    assert shown("shop_order.py", house, monkeypatch, newcomer, order="ord_nothing").error


def test_a_seller_asks_decides_and_the_buyer_is_told(house, newcomer, monkeypatch, tmp_path):
    found = published(house, tmp_path, "Page asking", price_minor=0)
    seller = person(house, "seller-of-page-asking")
    offer = shown("sell_publish.py", house, monkeypatch, seller, draft=found.slug)
    offer.checkbox(key=f"asks_{found.slug}").check()
    offer.text_input(key=f"countries_{found.slug}").set_value("at, de")
    offer.checkbox(key=f"by_seller_{found.slug}").check()
    offer.button(key="publish").click().run()
    assert "Published" in words(offer)
    assert "Nobody waits" in words(shown("sell_requests.py", house, monkeypatch, seller))

    listing = shown("shop_listing.py", house, monkeypatch, newcomer, listing=found.slug)
    accept(listing)
    for name, said in (("who", "Ann"), ("country", "FR"), ("purpose", "Teaching")):
        listing.text_input(key=f"attest_{name}").set_value(said)
    listing.button(key="buy").click().run()
    assert "not given to buyers in FR" in words(listing)
    listing.text_input(key="attest_country").set_value("AT")
    listing.button(key="buy").click().run()

    queue = shown("sell_requests.py", house, monkeypatch, seller)
    assert "Teaching" in queue.text[0].value
    refuse = next(each.key for each in queue.button if each.key.startswith("refuse_"))
    queue.button(key=refuse).click().run()
    assert "Tell the buyer why" in words(queue)
    queue.text_input(key=refuse.replace("refuse", "reason")).set_value("Not this year.")
    queue.button(key=refuse).click().run()
    assert "Nobody waits" in words(queue)
    with house.reading() as session:
        order = my_orders(session, newcomer)[0]
    page = words(shown("shop_order.py", house, monkeypatch, newcomer, order=order.public_id))
    assert "Not given: Not this year." in page
    assert "was not given to you" in page


def test_signing_in_sends_a_link_that_the_outbox_shows(house, monkeypatch):
    page = shown("desk_sign_in.py", house, monkeypatch)
    page.text_input(key="email").set_value("page-mail@example.org")
    page.button(key="send_link").click().run()
    outbox = shown("admin_outbox.py", house, monkeypatch)

    assert "on its way" in words(page)
    assert "page-mail@example.org" in words(outbox)


def test_the_operator_sees_that_the_books_balance(house, monkeypatch):
    who = person(house, "page-operator")
    with house.unit_of_work() as session:
        make_operator(session, who)

    assert "Trial balance" in words(shown("admin_overview.py", house, monkeypatch, who))


def test_the_operator_sees_what_is_wrong_and_what_was(house, monkeypatch):
    who, at = person(house, "page-operator"), house.now()
    with house.unit_of_work() as session:
        make_operator(session, who)
        session.execute(delete(OperatorAlert))
    assert "Nothing is out of the ordinary." in words(shown("admin_overview.py", house, monkeypatch, who))
    with house.unit_of_work() as session:
        told = {"raised_at": at, "seen_at": at}
        gone = OperatorAlert(kind=AlarmKind.PAYOUTS_LATE, says="One is late.", cleared_at=at, **told)
        session.add_all([OperatorAlert(kind=AlarmKind.DRIFT, says="It drifts.", **told), gone])

    page = shown("admin_overview.py", house, monkeypatch, who)

    assert "**A balance is wrong** (A11, since" in words(page)
    assert "out of the ordinary" not in words(page)
    assert page.expander[0].label == "Over within the last week: 1"
    with house.unit_of_work() as session:
        session.execute(delete(OperatorAlert))


def test_the_shell_runs_for_visitors_and_for_people(house, owner, monkeypatch):
    shown("_shell.py", house, monkeypatch)
    shown("_shell.py", house, monkeypatch, owner)

"""Who pays by use pays for answers, not for refusals; who owns or bought pays nothing."""

import threading

import pytest

from polidat.access import GrantKind, WalletEmpty, access_kind, add_credit, charges_to, grant, uses_of, wallets_of
from polidat.assistant import ask_listing
from polidat.catalog import (
    CommissionKind,
    NewRule,
    NotForSale,
    Priced,
    RuleScope,
    add_rule,
    end_rule,
    pay_per_use,
    publish_listing,
    set_price,
    set_usage_prices,
    terms_for,
    usage_prices,
)
from polidat.core import MICROS, Conflict, Invalid, Money, Refused
from polidat.people import Person, make_operator, register
from polidat.query import NotBought, most_of_query, query_listing
from tests.factories import agreeing, ordered, person, published

EACH, ANSWER, GIGABYTE = 1_350_000, 20 * MICROS, 500 * MICROS


@pytest.fixture(scope="module")
def listing(house, tmp_path_factory):
    found = published(house, tmp_path_factory.mktemp("metered"), "Metered polls", price_minor=1_900)
    with house.unit_of_work() as session:
        seller = session.get_one(Person, found.store.owner_id)
        prices = {Priced.QUERY: EACH, Priced.ANSWER: ANSWER, Priced.GIGABYTE: GIGABYTE}
        set_usage_prices(session, seller, found.id, prices)
    return found


def user(house, listing, name, *, minor=100):
    buyer = person(house, name)
    with house.unit_of_work() as session:
        agreed = agreeing(session, buyer, listing.id)
        pay_per_use(session, buyer, listing.id, now=house.now(), agreed=agreed)
        if minor:
            origin = f"C:order:{name}"
            add_credit(session, buyer.id, Money(minor, "usd"), origin=origin, key=name, at=house.now())
    return buyer


def query(house, buyer, listing, sql="SELECT count(*) AS n FROM polls"):
    return query_listing(
        house.database, house.query_pool, buyer, listing.slug, sql, limits=house.query_limits, now=house.now()
    )


def left(house, buyer):
    with house.reading() as session:
        (wallet,) = wallets_of(session, buyer)
    assert wallet.held_micros == 0
    return wallet.balance_micros


def test_a_query_costs_its_price_and_what_it_scanned(house, listing):
    buyer = user(house, listing, "metered-a")
    with house.reading() as session:
        most = most_of_query(session, buyer, listing.slug, now=house.now())
    result = query(house, buyer, listing, "SELECT pollster FROM polls")

    assert result.cost_micros == EACH + -(-GIGABYTE * result.scanned_bytes // 10**9)
    assert result.cost_micros > EACH
    assert result.cost_currency == "usd"
    assert left(house, buyer) == 100 * MICROS - result.cost_micros
    assert most.endswith(" USD")
    with house.reading() as session:
        assert [each.kind for each in uses_of(session, buyer)] == ["query"]
        assert [each.micros for each in charges_to(session, buyer)] == [result.cost_micros]


def test_each_use_keeps_the_rule_its_share_was_computed_with(house, listing):
    buyer = user(house, listing, "metered-rule")
    query(house, buyer, listing)
    with house.unit_of_work() as session:
        wanted = NewRule(CommissionKind.USAGE, 2_750, RuleScope.STORE, listing.store.slug)
        operator = make_operator(session, register(session, "metered-operator@example.org", now=house.now()))
        rule = add_rule(session, operator, wanted, now=house.now())
    query(house, buyer, listing)
    with house.unit_of_work() as session:
        end_rule(session, operator, rule.id, now=house.now())
    query(house, buyer, listing)

    with house.reading() as session:
        kept = [(each.share_bps, each.commission_rule_id) for each in reversed(charges_to(session, buyer))]
        default = terms_for(session, listing, CommissionKind.USAGE, "usd", now=house.now())
    assert kept == [(default.bps, default.rule_id), (2_750, rule.id), (default.bps, default.rule_id)]


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM secrets", "SELECT read_text('/etc/passwd')", "SELECT nothing FROM polls"]
)
def test_a_refused_query_costs_nothing(house, listing, sql):
    buyer = user(house, listing, f"metered-b{len(sql)}")
    with pytest.raises(Refused):
        query(house, buyer, listing, sql)
    assert left(house, buyer) == 100 * MICROS


def test_an_answer_costs_its_price_and_a_declined_question_nothing(house, listing):
    buyer = user(house, listing, "metered-c")

    def asked(question):
        return ask_listing(house.database, house.query_pool, buyer, listing.slug, question, now=house.now())

    assert asked("How many rows are there?").cost == "0.20 USD"
    assert left(house, buyer) == 80 * MICROS
    declined = asked("Who wrote the Iliad?")
    assert (declined.answered, declined.cost) == (False, "")
    assert left(house, buyer) == 80 * MICROS


def test_nothing_runs_that_the_wallet_cannot_cover(house, listing):
    buyer = user(house, listing, "metered-d", minor=1)
    with pytest.raises(WalletEmpty, match="Top it up"):
        query(house, buyer, listing)


def test_who_bought_it_pays_nothing_for_a_use(house, listing):
    buyer = user(house, listing, "metered-e")
    with house.unit_of_work() as session:
        ordered(session, buyer, [listing.id], key="whole", now=house.now())  # may buy what is used by price
        grant(
            session, buyer.id, listing.dataset_id, order_line="test:metered-e", kind=GrantKind.PURCHASE, now=house.now()
        )
    assert query(house, buyer, listing).cost_micros == 0
    assert left(house, buyer) == 100 * MICROS
    with house.unit_of_work() as session, pytest.raises(Conflict):
        pay_per_use(session, buyer, listing.id, now=house.now())


def test_without_asking_for_it_nobody_is_charged(house, listing):
    stranger = person(house, "metered-f")
    with pytest.raises(NotBought):
        query(house, stranger, listing)
    with house.reading() as session:
        assert access_kind(session, stranger, listing.dataset_id) is None


def test_many_at_once_stop_at_nothing(house, listing):
    buyer = user(house, listing, "metered-g", minor=10)
    outcome = []

    def use():
        for _ in range(3):
            try:
                query(house, buyer, listing)
                outcome.append(True)
            except WalletEmpty:
                outcome.append(False)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert 1 <= outcome.count(True) <= 7
    assert 0 <= left(house, buyer) < 10 * MICROS


def test_a_listing_may_be_sold_by_use_only(house, tmp_path):
    found = published(house, tmp_path, "Only by use", price_minor=500)
    with house.unit_of_work() as session:
        seller = session.get_one(Person, found.store.owner_id)
        set_price(session, seller, found.id, None)
        with pytest.raises(NotForSale):
            pay_per_use(session, person(house, "metered-h"), found.id, now=house.now())
        set_usage_prices(session, seller, found.id, {Priced.QUERY: EACH, Priced.ANSWER: 0})
        assert usage_prices(session, found.id) == {Priced.QUERY: EACH}
        publish_listing(session, seller, found.id, now=house.now())
    buyer = user(house, found, "metered-i")
    assert query(house, buyer, found).cost_micros == EACH
    with house.unit_of_work() as session, pytest.raises(NotForSale):
        ordered(session, person(house, "metered-j"), [found.id], key="k", now=house.now())


@pytest.mark.parametrize("micros", [-1, 10_001 * MICROS])
def test_a_price_that_cannot_be_meant_is_refused(house, listing, micros):
    with house.unit_of_work() as session:
        seller = session.get_one(Person, listing.store.owner_id)
        with pytest.raises(Invalid):
            set_usage_prices(session, seller, listing.id, {Priced.QUERY: micros})

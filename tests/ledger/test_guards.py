"""Every guard of the books, attacked as the application's role."""

import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from polidat.ledger import Leg, MixedMemo, auction_deposit, balance_of, deferred_hosting, drifted_balances, post
from tests.conftest import NOON

SALE = [Leg("A:stripe", 100, "usd"), Leg("C:order:o1", -100, "usd")]


def settle(session):
    """Have the checks of the end of a unit of work made now."""
    session.execute(text("set constraints all immediate"))
    session.execute(text("set constraints all deferred"))


def txn(session, key="raw"):
    return session.scalar(
        text(
            "insert into ledger_txn (idem_key, content_hash, kind, occurred_at, meta) "
            "values (:key, 'h', 'raw', now(), '{}') returning id"
        ),
        {"key": key},
    )


def account(session, code, currency="usd"):
    found = text("select id from ledger_account where code = :code and currency = :currency")
    return session.scalar(found, {"code": code, "currency": currency})


def leg(session, txn_id, seq, code, minor, currency="usd", account_currency="usd"):
    session.execute(
        text("insert into ledger_entry (txn_id, seq, account_id, currency, amount) values (:t, :s, :a, :c, :m)"),
        {"t": txn_id, "s": seq, "a": account(session, code, account_currency), "c": currency, "m": minor},
    )


NOTED = [Leg("M:auth_hold", 30, "usd"), Leg("M:auth_contra", -30, "usd")]


@pytest.fixture
def books(session):
    post(session, "sale", "sale", SALE, occurred_at=NOON)
    post(session, "yen", "sale", [Leg("A:stripe", 5, "jpy"), Leg("C:order:o1", -5, "jpy")], occurred_at=NOON)
    return session


@pytest.mark.parametrize("legs", [[100, -99], [100], []])
def test_a_transaction_that_is_unbalanced_single_legged_or_empty_is_refused(books, legs):
    written = txn(books)
    for seq, minor in enumerate(legs):
        leg(books, written, seq, "A:stripe", minor)

    with pytest.raises(IntegrityError, match=r"fewer than two legs|does not sum to zero"):
        settle(books)


def test_dollars_do_not_pay_for_yen(books):
    written = txn(books)
    leg(books, written, 0, "A:stripe", 100)
    leg(books, written, 1, "C:order:o1", -100, currency="jpy", account_currency="jpy")

    with pytest.raises(IntegrityError, match="does not sum to zero"):
        settle(books)


def test_a_leg_in_a_currency_its_account_does_not_have_is_refused(books):
    written = txn(books)

    with pytest.raises(IntegrityError, match="fk_ledger_entry_account_id_currency"):
        leg(books, written, 0, "A:stripe", 100, currency="eur")


def test_a_leg_of_nothing_is_refused(books):
    written = txn(books)

    with pytest.raises(IntegrityError, match="ck_ledger_entry_amount"):
        leg(books, written, 0, "A:stripe", 0)


def test_an_account_of_no_kind_is_refused(books):
    with pytest.raises(IntegrityError, match="kind"):
        books.execute(text("insert into ledger_account (code, currency) values ('Q:x', 'usd')"))


def test_no_leg_is_added_to_a_transaction_that_is_committed(new_database):
    database = new_database()
    with database.unit_of_work() as session:
        written = post(session, "sale", "sale", SALE, occurred_at=NOON)

    with pytest.raises(IntegrityError, match="already written"), database.unit_of_work() as session:
        leg(session, written, 7, "A:stripe", 50)


def test_nobody_chooses_the_transaction_a_row_claims_to_be_of(session):
    forged = session.execute(
        text(
            "insert into ledger_txn (idem_key, content_hash, kind, occurred_at, meta, xact) "
            "values ('f', 'h', 'k', now(), '{}', '1') returning xact = pg_current_xact_id() as own"
        )
    ).one()

    assert forged.own


@pytest.mark.parametrize("table", ["ledger_txn", "ledger_entry", "ledger_account", "ledger_balance", "currency"])
@pytest.mark.parametrize("statement", ["delete from {}", "truncate {} cascade", "update {} set {} = {}"])
def test_the_application_may_not_change_or_remove_a_row(books, table, statement):
    column = {"ledger_txn": "kind", "ledger_entry": "amount", "ledger_account": "code", "currency": "code"}

    with pytest.raises(ProgrammingError, match="permission denied"):
        books.execute(text(statement.format(table, *[column.get(table, "amount")] * 2)))


@pytest.mark.parametrize("table", ["currency", "ledger_balance"])
def test_the_application_may_not_add_balances_or_currencies(books, table):
    values = {"currency": "('xxx', 2)", "ledger_balance": "(1, 1, 1)"}[table]

    with pytest.raises(ProgrammingError, match="permission denied"):
        books.execute(text(f"insert into {table} values {values}"))


@pytest.mark.parametrize(
    "statement", ["alter table ledger_entry disable trigger all", "set session_replication_role = replica"]
)
def test_the_application_may_not_switch_the_guards_off(books, statement):
    with pytest.raises(ProgrammingError, match=r"must be owner|permission denied"):
        books.execute(text(statement))


@pytest.mark.parametrize("table", ["ledger_txn", "ledger_entry"])
@pytest.mark.parametrize("statement", ["delete from {}", "truncate {} cascade", "update {} set {} = {}"])
def test_not_even_the_owner_rewrites_the_books(new_database, postgres, table, statement):
    database = new_database()
    with database.unit_of_work() as session:
        post(session, "sale", "sale", SALE, occurred_at=NOON)
    name = database.url.partition("?")[0].rpartition("/")[2]
    column = {"ledger_txn": "kind", "ledger_entry": "amount"}[table]

    owner = create_engine(postgres.owner_url.replace("polidat_template", name))
    with owner.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.execute(text(statement.format(table, column, column)))
    owner.dispose()


def test_a_seller_is_never_sent_more_than_is_owed(session):
    post(session, "s", "alloc", [Leg("C:order:o", 85, "usd"), Leg("L:seller:7", -85, "usd")], occurred_at=NOON)
    settle(session)
    post(session, "t", "transfer", [Leg("L:seller:7", 86, "usd"), Leg("A:stripe", -86, "usd")], occurred_at=NOON)

    with pytest.raises(IntegrityError, match="L:seller:7 in usd would fall below its floor"):
        settle(session)


@pytest.mark.parametrize(
    "legs",
    [
        [("M:auth_hold", 7), ("A:stripe", -7)],
        [("M:auth_hold", 7), ("M:auth_contra", -7), ("A:stripe", 5), ("C:order:o1", -5)],
    ],
)
def test_notes_and_money_never_meet_in_a_transaction(books, legs):
    post(books, "auth", "auth", NOTED, occurred_at=NOON)
    settle(books)
    with pytest.raises(MixedMemo):
        post(books, "mixed", "raw", [Leg(code, minor, "usd") for code, minor in legs], occurred_at=NOON)
    written = txn(books)
    for seq, (code, minor) in enumerate(legs):
        leg(books, written, seq, code, minor)

    with pytest.raises(IntegrityError, match="mixes memo accounts with money"):
        settle(books)


def test_notes_sum_to_zero_by_themselves(books):
    post(books, "auth", "auth", NOTED, occurred_at=NOON)
    written = txn(books)
    for seq, minor in enumerate((7, -6)):
        leg(books, written, seq, ("M:auth_hold", "M:auth_contra")[seq], minor)

    with pytest.raises(IntegrityError, match="does not sum to zero"):
        settle(books)


@pytest.mark.parametrize("owed", [deferred_hosting(7), auction_deposit("auc_1")])
def test_what_is_paid_ahead_is_never_used_up_twice(session, owed):
    post(session, "in", "in", [Leg("A:stripe", 20, "usd"), Leg(owed, -20, "usd")], occurred_at=NOON)
    post(session, "out", "out", [Leg(owed, 20, "usd"), Leg("A:stripe", -20, "usd")], occurred_at=NOON)
    settle(session)
    post(session, "more", "out", [Leg(owed, 1, "usd"), Leg("R:hosting", -1, "usd")], occurred_at=NOON)

    with pytest.raises(IntegrityError, match=f"{owed} in usd would fall below its floor"):
        settle(session)


def test_a_transfer_may_be_written_before_the_sale_it_pays(session):
    post(session, "t", "transfer", [Leg("L:seller:7", 85, "usd"), Leg("A:stripe", -85, "usd")], occurred_at=NOON)
    post(session, "s", "alloc", [Leg("C:order:o", 85, "usd"), Leg("L:seller:7", -85, "usd")], occurred_at=NOON)

    settle(session)

    assert balance_of(session, "L:seller:7", "usd") == 0


def test_a_buyers_credit_never_goes_below_zero_however_many_spend_at_once(new_database):
    database = new_database()
    with database.unit_of_work() as session:
        bought = [Leg("A:stripe", 50, "usd"), Leg("L:buyer_credit:b", -50, "usd")]
        post(session, "buy", "credit", bought, occurred_at=NOON)
    refused = []

    def spend(number):
        used = [Leg("L:buyer_credit:b", 10, "usd"), Leg("R:usage_share", -10, "usd")]
        try:
            with database.unit_of_work() as session:
                post(session, f"use:{number}", "usage", used, occurred_at=NOON)
        except DBAPIError as error:
            refused.append(error)

    in_threads(spend, 9)

    assert len(refused) == 4
    with database.reading() as session:
        assert balance_of(session, "L:buyer_credit:b", "usd") == 0
        assert drifted_balances(session) == []


def test_postings_that_share_two_guarded_accounts_do_not_deadlock(new_database):
    database = new_database()
    failed = []

    def move(number):
        one, two = ("L:seller:1", "L:seller:2") if number % 2 else ("L:seller:2", "L:seller:1")
        legs = [Leg(one, -1, "usd"), Leg(two, -1, "usd"), Leg("C:order:o", 2, "usd")]
        try:
            for turn in range(15):
                with database.unit_of_work() as session:
                    post(session, f"m:{number}:{turn}", "move", legs, occurred_at=NOON)
        except Exception as error:
            failed.append(error)
            raise

    in_threads(move, 6)

    assert failed == []
    with database.reading() as session:
        assert balance_of(session, "L:seller:1", "usd") == -90
        assert drifted_balances(session) == []


def in_threads(work, count):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

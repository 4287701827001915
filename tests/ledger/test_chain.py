"""The sealed chain names the first transaction that is not as it was."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from polidat.db import Head
from polidat.ledger import Leg, chain_head, post, seal_ledger, verify_chain
from tests.conftest import NOON


@pytest.fixture
def books(new_database):
    database = new_database()
    for number in range(1, 6):
        with database.unit_of_work() as session:
            legs = [Leg("A:stripe", 100 * number, "usd"), Leg("C:order:o1", -100 * number, "usd")]
            post(session, f"sale-{number}", "sale", legs, occurred_at=NOON)
    return database


def seal(database) -> int:
    with database.unit_of_work() as session:
        return seal_ledger(session, now=NOON)


def check(database, anchor=None):
    with database.reading() as session:
        return verify_chain(session, anchor=anchor)


def head(database) -> Head:
    with database.reading() as session:
        return chain_head(session)


def tamper(database, postgres, *statements: str) -> None:
    """Change the books as the owner of the tables, who can switch every guard off."""
    with database.reading() as session:
        name = session.execute(text("select current_database()")).scalar_one()
    engine = create_engine(postgres.owner_url.replace("polidat_template", name))
    with engine.begin() as connection:
        for table in ("ledger_entry", "ledger_txn", "ledger_seal"):
            connection.execute(text(f"alter table {table} disable trigger user"))
        for table, name in (
            ("ledger_entry", "fk_ledger_entry_txn_id"),
            ("ledger_seal", "fk_ledger_seal_txn_id"),
        ):
            connection.execute(text(f"alter table {table} drop constraint {name}"))
        for each in statements:
            connection.execute(text(each))
        for table in ("ledger_entry", "ledger_txn", "ledger_seal"):
            connection.execute(text(f"alter table {table} enable trigger user"))
    engine.dispose()


def test_sealing_covers_everything_once_and_what_is_sealed_holds(books):
    assert check(books).sealed == 0
    assert seal(books) == 5
    assert seal(books) == 0

    found = check(books)

    assert (found.holds, found.sealed, found.head) == (True, 5, head(books).hash)


def test_later_transactions_are_linked_to_the_ones_before(books):
    seal(books)
    before = head(books)
    with books.unit_of_work() as session:
        post(session, "late", "sale", [Leg("A:stripe", 7, "usd"), Leg("C:order:o2", -7, "usd")], occurred_at=NOON)

    assert seal(books) == 1
    assert check(books, before).holds
    assert head(books).seq == 6


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_entry set amount = 7 where txn_id = (select id from ledger_txn where idem_key = 'sale-3')",
        "update ledger_txn set order_ref = 'ord_else' where idem_key = 'sale-3'",
        "update ledger_txn set stripe_event = 'evt_else' where idem_key = 'sale-3'",
        "delete from ledger_entry where seq = 1 and txn_id = (select id from ledger_txn where idem_key = 'sale-3')",
        "delete from ledger_txn where idem_key = 'sale-3'",
        "update ledger_seal set hash = repeat('a', 64) where seq = 3",
    ],
)
def test_a_change_behind_our_back_is_found_at_its_transaction(books, postgres, statement):
    seal(books)
    with books.reading() as session:
        third = session.execute(text("select txn_id from ledger_seal where seq = 3")).scalar_one()

    tamper(books, postgres, statement)
    found = check(books)

    assert not found.holds
    assert found.broken_id == third
    assert found.sealed == 2


def test_a_chain_that_was_cut_off_or_written_anew_does_not_pass_its_anchor(books, postgres):
    seal(books)
    anchor = head(books)
    tamper(
        books, postgres,
        "delete from ledger_entry where txn_id = (select txn_id from ledger_seal where seq = 5)",
        "delete from ledger_txn where id = (select txn_id from ledger_seal where seq = 5)",
        "delete from ledger_seal where seq = 5",
    )  # fmt: skip
    assert check(books).holds, "without the anchor nothing is missing"
    assert "5 were anchored" in check(books, anchor).problem

    with books.unit_of_work() as session:
        post(session, "other", "sale", [Leg("A:stripe", 9, "usd"), Leg("C:order:o1", -9, "usd")], occurred_at=NOON)
    seal(books)

    assert "not the one that was anchored" in check(books, anchor).problem


def test_the_application_cannot_change_a_seal(books):
    seal(books)
    for statement in ("update ledger_seal set hash = 'x'", "delete from ledger_seal"):
        with pytest.raises(DBAPIError), books.unit_of_work() as session:
            session.execute(text(statement))

"""The audit log keeps who changed what, cannot be changed, and shows it when it was."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from polidat.core import Broken
from polidat.events import audit_entries, audit_head, record, seal_audit, verify_audit
from polidat.people import make_api_key, register
from tests.conftest import NOON

CARD = "4242424242424242"


def test_an_entry_keeps_short_values_and_no_secrets(session):
    record(session, "price", "listing:1", by=7, before={"at": None}, after={"at": "x" * 500, "anything": "else"})

    (entry,) = audit_entries(session)
    assert (entry.actor_id, entry.action, entry.object) == (7, "price", "listing:1")
    assert entry.before == {"at": "None"}
    assert entry.after == {"at": "x" * 200}


def test_only_what_is_named_is_kept_or_hashed(session):
    record(session, "payout", "person:1", by=1, after={"amount": "1.00"})
    record(session, "payout", "person:1", by=1, after={"amount": "1.00", "iban": "DE89370400440532013000", "pan": CARD})
    record(session, "payout", "person:1", by=1, after={"pan": CARD})
    unnamed, more, plain = audit_entries(session)

    assert (more.after, more.after_hash) == (plain.after, plain.after_hash)
    assert (unnamed.after, unnamed.after_hash) == ({}, "")
    with pytest.raises(Broken):
        record(session, "anything", "person:1", by=1)


def test_a_digest_is_over_all_of_a_text_of_which_the_beginning_is_kept(session):
    for end in "ab":
        record(session, "settle", "discrepancy:1", by=1, after={"note": "x" * 300 + end})
    second, first = audit_entries(session)

    assert first.after == second.after
    assert first.after_hash != second.after_hash


@pytest.mark.parametrize(
    "secret",
    [CARD, "4242-4242-4242-4242", "DE89 3704 0044 0532 0130 00", "GB33BUKB20201555555555", "sk_live_51HxAbCdEfGhIjKlMn",
     "pd_0123456789abcdefghij", "whsec_abcdefghijklmnop", "acct_1A2b3C4d5E6f7G8h"],
)  # fmt: skip
def test_what_looks_like_a_secret_is_cut_out_of_free_text(session, secret):
    record(session, "settle", "discrepancy:1", by=1, after={"note": f"Paid to {secret} by hand, ref. 1234567890123."})

    (entry,) = audit_entries(session)
    assert entry.after == {"note": "Paid to (left out) by hand, ref. 1234567890123."}


def test_entries_are_found_by_person_action_object_and_place(session):
    for number in range(5):
        record(session, "price" if number % 2 else "grant", f"listing:{number}", by=number % 3)
    newest = audit_entries(session, limit=2)
    assert [each.object for each in newest] == ["listing:4", "listing:3"]
    assert audit_entries(session, before_id=newest[-1].id)[0].object == "listing:2"
    assert [each.object for each in audit_entries(session, action="price")] == ["listing:3", "listing:1"]
    assert [each.object for each in audit_entries(session, actor_id=2)] == ["listing:2"]
    assert audit_entries(session, of="listing:%") == []


def test_a_new_key_is_noted_without_its_secret(session):
    made = make_api_key(session, register(session, "a@example.org", now=NOON), "mine", now=NOON)
    (entry,) = audit_entries(session, action="make_api")
    assert entry.after["hint"] == made.secret[:8]
    assert made.secret not in str(entry.after)


@pytest.mark.parametrize("statement", ["update audit_entry set action = 'x'", "delete from audit_entry"])
def test_the_application_cannot_change_it(new_database, statement):
    database = new_database()
    with database.unit_of_work() as session:
        record(session, "price", "listing:1", by=1)
    with pytest.raises(DBAPIError), database.unit_of_work() as session:
        session.execute(text(statement))


def test_a_change_behind_our_back_is_found_at_its_entry(new_database, postgres):
    database = new_database()
    for number in range(3):
        with database.unit_of_work() as session:
            record(session, "price", f"listing:{number}", by=1)
    with database.unit_of_work() as session:
        assert seal_audit(session, now=NOON) == 3
        assert seal_audit(session, now=NOON) == 0
    with database.reading() as session:
        assert verify_audit(session, anchor=audit_head(session)).holds
        name = session.execute(text("select current_database()")).scalar_one()
        second = audit_entries(session)[1].id
    owner = create_engine(postgres.owner_url.replace("polidat_template", name))
    with owner.begin() as connection:
        connection.execute(text("alter table audit_entry disable trigger user"))
        connection.execute(text(f"update audit_entry set actor_id = 2 where id = {second}"))
    owner.dispose()
    with database.reading() as session:
        found = verify_audit(session)
    assert (found.holds, found.broken_id) == (False, second)

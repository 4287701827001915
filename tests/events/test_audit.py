"""The audit log keeps who changed what, cannot be changed, and shows it when it was."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from polidat.events import audit_entries, audit_head, record, seal_audit, verify_audit
from polidat.people import make_api_key, register
from tests.conftest import NOON


def test_an_entry_keeps_short_values_and_no_secrets(session):
    record(session, "price", "listing:1", by=7, before={"at": None}, after={"at": "x" * 500, "api_key": "pd_1"})

    (entry,) = audit_entries(session)
    assert (entry.actor_id, entry.action, entry.object) == (7, "price", "listing:1")
    assert entry.before == {"at": "None"}
    assert entry.after == {"at": "x" * 200}


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

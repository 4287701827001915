"""What a refusal leaves behind is kept, though everything else of its unit of work is taken back."""

import pytest

from polidat.core import Conflict
from polidat.events import audit_entries, record


def refuse(session):
    record(session, "price", "listing:1", by=1)
    refusal = Conflict("No.")
    refusal.afterwards = lambda later: record(later, "decide", "finding:1", by=None)
    raise refusal


def test_a_refusal_stands_and_leaves_its_note_once(new_database):
    database = new_database()
    with pytest.raises(Conflict), database.unit_of_work(), database.unit_of_work() as session:
        refuse(session)

    with database.reading() as session:
        assert [each.action for each in audit_entries(session)] == ["decide"]


def test_a_refusal_that_was_caught_leaves_nothing(new_database):
    database = new_database()
    with database.unit_of_work() as session, pytest.raises(Conflict):
        refuse(session)

    with database.reading() as session:
        assert [each.action for each in audit_entries(session)] == ["price"]

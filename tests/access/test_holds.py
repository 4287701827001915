"""A grant rests as long as anything holds it, wakes up with the last cause, and never after it was revoked."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from polidat.access import (
    AccessEnded,
    AccessGranted,
    GrantKind,
    GrantState,
    NoSuchGrant,
    expire,
    grant,
    grants_of,
    holds_on,
    is_held,
    may_read,
    restore,
    restore_held,
    revoke,
    suspend,
)
from polidat.core import new_public_id
from polidat.events import audit_entries
from polidat.lake import new_dataset
from polidat.people import register
from tests.conftest import NOON

CAUSES = ("dispute:dp_1", "fraud:1", "warning:ch_1", "grace")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["hold", "release", "release everywhere"]), st.sampled_from(CAUSES)),
        st.tuples(st.sampled_from(["revoke", "expire"]), st.just("")),
    ),
    max_size=14,
)


def bought(session, line: str = "ord_1:1"):
    reader = register(session, "reader@example.org", now=NOON)
    dataset = new_dataset(session, register(session, "owner@example.org", now=NOON), "store", f"Polls {line}", now=NOON)
    grant(session, reader.id, dataset.id, order_line=line, kind=GrantKind.PURCHASE, now=NOON)
    return reader, dataset


def test_access_comes_back_with_the_last_cause(session):
    reader, dataset = bought(session)
    for cause in ("dispute:dp_1", "fraud:7", "fraud:7"):
        suspend(session, "ord_1:1", cause=cause, now=NOON)

    assert holds_on(session, "ord_1:1") == ["dispute:dp_1", "fraud:7"]
    restore(session, "ord_1:1", cause="fraud:7", now=NOON)
    assert not may_read(session, reader, dataset.id)
    restore(session, "ord_1:1", cause="dispute:dp_1", now=NOON)
    assert may_read(session, reader, dataset.id)


def test_a_cause_that_does_not_hold_wakes_nothing_up(session):
    reader, dataset = bought(session)
    suspend(session, "ord_1:1", cause="dispute:dp_1", now=NOON)

    assert restore_held(session, "dispute:dp_2", now=NOON) == 0
    restore(session, "ord_1:1", cause="grace", now=NOON)
    assert not may_read(session, reader, dataset.id)
    with pytest.raises(NoSuchGrant):
        suspend(session, "ord_404:1", cause="grace", now=NOON)


def test_each_cause_leaves_a_trace(session):
    bought(session)
    suspend(session, "ord_1:1", cause="fraud:7", now=NOON)
    suspend(session, "ord_1:1", cause="dispute:dp_1", now=NOON)
    restore_held(session, "fraud:7", now=NOON)

    assert [each.after["cause"] for each in audit_entries(session, action="hold")] == ["dispute:dp_1", "fraud:7"]
    (gone,) = audit_entries(session, action="unhold")
    assert gone.before["cause"] == "fraud:7"


@pytest.mark.parametrize("end", [revoke, expire])
def test_what_ended_is_held_by_nothing(session, end):
    bought(session)
    suspend(session, "ord_1:1", cause="fraud:7", now=NOON)
    end(session, "ord_1:1", now=NOON)

    assert holds_on(session, "ord_1:1") == []
    assert session.execute(select(is_held(literal("ord_1:1")))).scalar_one() is False
    assert audit_entries(session, action="unhold")[0].before["cause"] == "fraud:7"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_holds_releases_and_ends_a_grant_it_opens_only_when_nothing_speaks_against_it(session, steps):
    line = f"{new_public_id('ord')}:1"
    reader, dataset = bought(session, line)
    told: list[type] = []
    session.info["reactions"] = {
        kind: [lambda _, fact: told.append(type(fact))] for kind in (AccessGranted, AccessEnded)
    }
    held, ended = set[str](), GrantState.ACTIVE
    for step, cause in steps:
        if step == "hold":
            suspend(session, line, cause=cause, now=NOON)
            held |= {cause} if ended == GrantState.ACTIVE else set()
        elif step == "release":
            restore(session, line, cause=cause, now=NOON)
            held.discard(cause)
        elif step == "release everywhere":
            assert restore_held(session, cause, now=NOON) == (cause in held)
            held.discard(cause)
        elif step == "revoke":
            revoke(session, line, now=NOON)
            ended, held = GrantState.REVOKED, set()
        else:
            expire(session, line, now=NOON)
            ended, held = GrantState.EXPIRED if ended == GrantState.ACTIVE else ended, set()
        expected = ended if ended != GrantState.ACTIVE else GrantState.SUSPENDED if held else GrantState.ACTIVE
        assert grants_of(session, reader)[0].state == expected
        assert set(holds_on(session, line)) == held
        assert may_read(session, reader, dataset.id) == (expected == GrantState.ACTIVE)
    assert (AccessGranted, AccessGranted) not in pairwise(told)
    for cause in CAUSES:  # the next example shares this transaction
        restore_held(session, cause, now=NOON)

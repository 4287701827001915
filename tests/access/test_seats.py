"""A seat opens what its line opens, never more: whatever holds or ends the line does so to its seats."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polidat.access import (
    GrantKind,
    GrantState,
    NoSuchGrant,
    end_seat,
    grant,
    grant_seat,
    grant_state,
    grants_of,
    may_read,
    restore,
    restore_held,
    revoke,
    suspend,
)
from polidat.core import new_public_id
from polidat.lake import new_dataset
from polidat.people import register
from tests.conftest import NOON

LINE = "ord_1:1"
CAUSES = ("dispute:dp_1", "fraud:1")


def bought(session, line: str = LINE):
    owner, buyer, friend = (register(session, f"{name}@example.org", now=NOON) for name in ("owner", "buyer", "friend"))
    dataset = new_dataset(session, owner, "store", f"Polls {line}", now=NOON)
    grant(session, buyer.id, dataset.id, order_line=line, kind=GrantKind.PURCHASE, now=NOON)
    return buyer, friend, dataset


def test_a_seat_lets_somebody_else_read_until_it_is_taken_back(session):
    buyer, friend, dataset = bought(session)
    grant_seat(session, friend.id, LINE, 7, now=NOON)
    assert (may_read(session, buyer, dataset.id), may_read(session, friend, dataset.id)) == (True, True)

    end_seat(session, LINE, 7, now=NOON)
    end_seat(session, LINE, 7, now=NOON)
    end_seat(session, LINE, 8, now=NOON)

    assert (may_read(session, buyer, dataset.id), may_read(session, friend, dataset.id)) == (True, False)
    revoke(session, LINE, now=NOON)
    assert [each.state for each in grants_of(session, friend)] == [GrantState.TAKEN_BACK], "it had ended before"
    assert grant_state(session, LINE) is GrantState.REVOKED


def test_a_seat_that_is_taken_while_the_line_rests_rests_too(session):
    _, friend, dataset = bought(session)
    for cause in CAUSES:
        suspend(session, LINE, cause=cause, now=NOON)
    grant_seat(session, friend.id, LINE, 7, now=NOON)
    assert not may_read(session, friend, dataset.id)

    assert restore_held(session, CAUSES[0], now=NOON) == 1
    assert not may_read(session, friend, dataset.id)
    restore(session, LINE, cause=CAUSES[1], now=NOON)

    assert may_read(session, friend, dataset.id)


def test_a_line_that_has_ended_or_not_begun_has_no_seats(session):
    buyer, friend, dataset = bought(session)
    revoke(session, LINE, now=NOON)
    with pytest.raises(NoSuchGrant):
        grant_seat(session, friend.id, LINE, 7, now=NOON)
    grant(session, buyer.id, dataset.id, order_line="ord_2:1", kind=GrantKind.PURCHASE, now=NOON, waits=True)
    with pytest.raises(NoSuchGrant):
        grant_seat(session, friend.id, "ord_2:1", 7, now=NOON)
    assert grant_state(session, "ord_3:1") is None


def test_a_line_whose_name_begins_like_another_is_another(session):
    _, friend, dataset = bought(session, "ord_1:1")
    bought(session, "ord_1:11")
    grant_seat(session, friend.id, "ord_1:11", 7, now=NOON)

    revoke(session, "ord_1:1", now=NOON)

    assert [each.state for each in grants_of(session, friend)] == [GrantState.ACTIVE]
    assert not may_read(session, friend, dataset.id)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["hold", "release", "release everywhere"]), st.sampled_from(CAUSES)),
        st.tuples(st.sampled_from(["seat", "end seat"]), st.integers(1, 3)),
        st.tuples(st.just("revoke"), st.just(0)),
    ),
    max_size=14,
)


@given(STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_whatever_happens_a_seat_opens_exactly_while_it_is_given_and_its_line_opens(session, steps):
    line = f"{new_public_id('ord')}:1"
    _, friend, dataset = bought(session, line)
    held, ended, given_seats, was = set[str](), False, set[int](), set[int]()

    for step, what in steps:
        if step == "hold" and not ended:
            suspend(session, line, cause=what, now=NOON)
            held.add(what)
        elif step == "release":
            restore(session, line, cause=what, now=NOON)
            held.discard(what)
        elif step == "release everywhere":
            restore_held(session, what, now=NOON)
            held.discard(what)
        elif step == "seat" and not ended and what not in was:
            grant_seat(session, friend.id, line, what, now=NOON)
            given_seats.add(what)
            was.add(what)
        elif step == "end seat":
            end_seat(session, line, what, now=NOON)
            given_seats.discard(what)
        elif step == "revoke":
            revoke(session, line, now=NOON)
            ended = True

        assert may_read(session, friend, dataset.id) is (bool(given_seats) and not held and not ended)

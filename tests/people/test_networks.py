"""Keys that are used from many networks within some time, hour by hour."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.people import forget_networks, note_network, register, roamers
from tests.conftest import NOON

HOUR = timedelta(hours=1)


@pytest.fixture
def reader(session):
    return register(session, "reader@example.org", now=NOON)


def used(session, person, *networks: str, at=NOON) -> None:
    for each in networks:
        note_network(session, person.id, each, now=at)


def found(session, *, least: int = 3, within: timedelta = HOUR, since=NOON - HOUR, until=NOON + 9 * HOUR):
    who = roamers(session, since=since, until=until, within=within, networks_min=least)
    return [(each.at - NOON, each.networks) for each in who]


def test_so_many_networks_within_the_time_are_found_once_a_day(session, reader):
    used(session, reader, "a", "b", "a", "")
    assert found(session) == []
    used(session, reader, "c", "d", at=NOON + HOUR)
    used(session, reader, "e", at=NOON + 2 * HOUR)

    assert found(session) == [(HOUR, 4)]
    assert found(session, least=0) == []
    assert found(session, least=5) == []
    assert session.scalar(text("select count(*) from key_network")) == 5


def test_networks_hours_apart_or_of_different_people_are_not_added(session, reader):
    other = register(session, "other@example.org", now=NOON)
    for hours, network in enumerate("abc"):
        used(session, reader, network, at=NOON + 3 * hours * HOUR)
        used(session, other, network, at=NOON)

    assert found(session) == [(timedelta(0), 3)], "the other's, who used them at once"
    assert found(session, within=6 * HOUR) == [(6 * HOUR, 3), (timedelta(0), 3)]


def test_what_was_before_is_not_told_again_and_is_forgotten(session, reader):
    used(session, reader, "a", "b", "c")
    assert found(session, since=NOON + 2 * HOUR) == []
    assert forget_networks(session, now=NOON + timedelta(days=89)) == 0
    assert forget_networks(session, now=NOON + timedelta(days=90)) == 3

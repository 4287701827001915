"""Grants open datasets, each for its own reason; every use is written down."""

import pytest

from polidat.access import (
    AccessEnded,
    AccessGranted,
    GrantKind,
    GrantState,
    NoAccess,
    NoSuchGrant,
    UseKind,
    access_kind,
    check_may_read,
    grant,
    grants_of,
    may_read,
    my_datasets,
    record_use,
    revoke,
    uses_of,
)
from polidat.core import Invalid
from polidat.lake import new_dataset
from polidat.people import make_operator, register
from tests.conftest import NOON


@pytest.fixture
def owner(session):
    return register(session, "owner@example.org", now=NOON)


@pytest.fixture
def reader(session):
    return register(session, "reader@example.org", now=NOON)


@pytest.fixture
def dataset(session, owner):
    return new_dataset(session, owner, "store", "Polls", now=NOON)


def test_nobody_but_the_owner_reads_at_first(session, owner, reader, dataset):
    assert access_kind(session, owner, dataset.id) is GrantKind.OWNER
    assert access_kind(session, reader, dataset.id) is None
    assert not may_read(session, None, dataset.id)
    with pytest.raises(NoAccess):
        check_may_read(session, reader, dataset.id)


def test_a_grant_opens_one_dataset_for_one_person(session, owner, reader, dataset):
    other = new_dataset(session, owner, "store", "Other", now=NOON)

    grant(session, reader.id, dataset.id, order_line="ord_1:1", kind=GrantKind.PURCHASE, now=NOON)

    check_may_read(session, reader, dataset.id)
    assert access_kind(session, reader, dataset.id) is GrantKind.PURCHASE
    assert not may_read(session, reader, other.id)
    assert my_datasets(session, reader) == [dataset.id]
    assert my_datasets(session, owner) == [other.id, dataset.id]


def test_the_same_cause_grants_once_and_tells_once(session, reader, dataset):
    told = []
    session.info["reactions"] = {AccessGranted: [lambda _, fact: told.append(fact)]}

    first, again = (
        grant(session, reader.id, dataset.id, order_line="ord_1:1", kind=GrantKind.FREE, now=NOON) for _ in range(2)
    )

    assert first.id == again.id
    assert told == [AccessGranted(dataset.id, reader.id, "ord_1:1", "free")]


def test_revoking_one_of_two_grants_leaves_the_other(session, reader, dataset):
    for line in ("ord_1:1", "ord_2:1"):
        grant(session, reader.id, dataset.id, order_line=line, kind=GrantKind.PURCHASE, now=NOON)

    revoke(session, "ord_2:1", now=NOON)
    assert may_read(session, reader, dataset.id)
    revoke(session, "ord_1:1", now=NOON)
    assert not may_read(session, reader, dataset.id)

    assert [each.state for each in grants_of(session, reader)] == [GrantState.REVOKED] * 2


def test_what_was_revoked_is_not_revived_by_its_old_cause(session, reader, dataset):
    told = []
    session.info["reactions"] = {AccessEnded: [lambda _, fact: told.append(fact)]}
    grant(session, reader.id, dataset.id, order_line="ord_1:1", kind=GrantKind.PURCHASE, now=NOON)
    for _ in range(2):
        revoke(session, "ord_1:1", now=NOON)

    grant(session, reader.id, dataset.id, order_line="ord_1:1", kind=GrantKind.PURCHASE, now=NOON)

    assert not may_read(session, reader, dataset.id)
    assert told == [AccessEnded(dataset.id, reader.id, "ord_1:1", "revoked")]


def test_a_line_that_granted_nothing_cannot_be_revoked(session):
    with pytest.raises(NoSuchGrant, match="ord_404:1"):
        revoke(session, "ord_404:1", now=NOON)


def test_an_operator_reads_what_exists(session, dataset):
    operator = make_operator(session, register(session, "op@example.org", now=NOON))

    assert may_read(session, operator, dataset.id)
    assert not may_read(session, operator, dataset.id + 1000)


def test_each_use_is_written_down_with_its_cost(session, reader, dataset):
    for kind, rows in ((UseKind.QUERY, 10), (UseKind.ASK, 0)):
        record_use(
            session, reader.id, dataset.id, kind,
            scanned_rows=rows, scanned_bytes=rows * 8, elapsed_ms=1500, now=NOON,
        )  # fmt: skip

    assert [(use.kind, use.scanned_rows, use.scanned_bytes, use.elapsed_ms) for use in uses_of(session, reader)] == [
        ("ask", 0, 0, 1500),
        ("query", 10, 80, 1500),
    ]


def test_a_use_of_less_than_nothing_is_refused(session, reader, dataset):
    with pytest.raises(Invalid):
        record_use(
            session, reader.id, dataset.id, UseKind.API, scanned_rows=-1, scanned_bytes=0, elapsed_ms=0, now=NOON
        )
    with pytest.raises(Invalid, match="steal"):
        record_use(session, reader.id, dataset.id, "steal", scanned_rows=0, scanned_bytes=0, elapsed_ms=0, now=NOON)

"""Uploads arrive whole or not at all; versions are seen whole or not at all."""

import asyncio

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from polidat.lake import (
    BadFileName,
    Column,
    EmptyUpload,
    NoSuchDataset,
    NoSuchUpload,
    SlugTaken,
    StagedTable,
    UploadTooLarge,
    commit_version,
    current_version,
    file_chunks,
    files_arriving,
    keep_suite,
    new_dataset,
    own_dataset,
    receive_upload,
    upload_of,
    uploads_of,
    versions_of,
    write_tables,
)
from polidat.people import register
from tests.conftest import NOON

COLUMNS = (Column("state", "State", "VARCHAR"), Column("votes", "Votes", "BIGINT"))


def staged(folder, name, votes, *, hidden=False):
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table({"state": ["TX"] * len(votes), "votes": votes}), path)
    return StagedTable(name, (path,), len(votes), COLUMNS, hidden)


def commit(session, dataset, written, **changes):
    facts = {
        "upload": None,
        "kind": "generic",
        "rejected_rows": 0,
        "profiles": {},
        "reading": {},
        "validation": {},
        "is_blocked": False,
    }
    return commit_version(session, dataset, written, now=NOON, **(facts | changes))


@pytest.fixture
def ada(session):
    return register(session, "ada@example.org", now=NOON)


@pytest.fixture
def dataset(session, ada):
    return new_dataset(session, ada, "politics", "County results", now=NOON)


def test_an_upload_is_complete_only_after_its_block(session, ada, dataset, tmp_path):
    with files_arriving(tmp_path, bytes_max=100) as arrival:
        arrival.take("../../etc/a.csv", [b"a,b\n", b"1,2\n"])
        arrival.take("a.csv", [b"x"])
        assert not (tmp_path / arrival.public_id).exists()
    upload = receive_upload(session, dataset, ada, arrival, now=NOON)

    assert sorted(each.name for each in (tmp_path / upload.public_id / "source").iterdir()) == ["a.csv", "a_2.csv"]
    assert b"".join(file_chunks(tmp_path / upload.public_id / "source" / "a.csv")) == b"a,b\n1,2\n"
    assert (upload.bytes, upload.file_names) == (9, ["a.csv", "a_2.csv"])
    assert session.info["deferred"] == [("ingest", {"upload_id": upload.public_id})]
    assert upload_of(session, ada, upload.public_id).id == upload.id
    assert [each.id for each in uploads_of(session, ada, dataset.id)] == [upload.id]
    with pytest.raises(NoSuchUpload):
        upload_of(session, register(session, "bob@example.org", now=NOON), upload.public_id)


@pytest.mark.parametrize("name", ["", "..", ".hidden", "x" * 201, "a\0b"])
def test_a_name_that_could_lead_astray_is_refused(tmp_path, name):
    with pytest.raises(BadFileName), files_arriving(tmp_path, bytes_max=100) as arrival:
        arrival.take(name, [b"x"])

    assert list(tmp_path.iterdir()) == []


def test_too_many_bytes_leave_nothing_behind(tmp_path):
    async def chunks():
        for _ in range(20):
            yield b"x" * 10

    async def send():
        with files_arriving(tmp_path, bytes_max=100) as arrival:
            await arrival.take_stream("a.csv", chunks())

    with pytest.raises(UploadTooLarge):
        asyncio.run(send())
    with pytest.raises(EmptyUpload), files_arriving(tmp_path, bytes_max=100) as arrival:
        arrival.take("a.csv", [])

    assert list(tmp_path.iterdir()) == []


def test_a_new_version_moves_the_readers_and_the_old_files_stay(session, dataset, tmp_path):
    lake = tmp_path / "lake"
    first = commit(session, dataset, write_tables(lake, "politics", "county", [staged(tmp_path / "w", "t", [1, 2])]))
    more = [staged(tmp_path / "w", "t", [3]), staged(tmp_path / "w", "_rejects", [9], hidden=True)]
    second = commit(session, dataset, write_tables(lake, "politics", "county", more))

    assert current_version(session, dataset.id).id == second.id
    assert (second.number, second.rows) == (2, 1)
    assert [each.name for each in second.readable()] == ["t"]
    assert [each.name for each in second.readable(hidden=True)] == ["t", "_rejects"]
    old = first.readable()[0]
    assert pq.read_table(old.files[0]).column("votes").to_pylist() == [1, 2]
    assert DeltaTable(lake / "politics" / "county" / "t", version=first.tables[0].delta_version).file_uris()
    assert DeltaTable(lake / "politics" / "county" / "t").to_pyarrow_table().column("votes").to_pylist() == [3]


def test_a_blocked_version_is_kept_but_readers_stay(session, ada, dataset, tmp_path):
    good = commit(session, dataset, write_tables(tmp_path, "s", "d", [staged(tmp_path / "w", "t", [1])]))
    bad = commit(
        session, dataset, write_tables(tmp_path, "s", "d", [staged(tmp_path / "w", "t", [2])]), is_blocked=True
    )

    assert current_version(session, dataset.id).id == good.id
    assert [each.id for each in versions_of(session, ada, dataset.id)] == [bad.id, good.id]


def test_an_upload_commits_once(session, ada, dataset, tmp_path):
    with files_arriving(tmp_path / "inbox", bytes_max=100) as arrival:
        arrival.take("a.csv", [b"a\n1\n"])
    upload = receive_upload(session, dataset, ada, arrival, now=NOON)
    one = commit(session, dataset, write_tables(tmp_path, "s", "d", [staged(tmp_path / "w", "t", [1])]), upload=upload)
    two = commit(session, dataset, write_tables(tmp_path, "s", "d", [staged(tmp_path / "w", "t", [1])]), upload=upload)

    assert one.id == two.id


def test_a_dataset_is_its_owner_s(session, ada, dataset):
    bob = register(session, "bob@example.org", now=NOON)
    keep_suite(session, ada, dataset.id, {"name": "mine"})

    assert own_dataset(session, ada, dataset.id).suite == {"name": "mine"}
    with pytest.raises(NoSuchDataset):
        own_dataset(session, bob, dataset.id)
    with pytest.raises(SlugTaken):
        new_dataset(session, ada, "politics", "County  Results!", now=NOON)

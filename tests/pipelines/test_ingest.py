"""An upload becomes a version or changes nothing, whatever happens in between."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pipelines.ingest import Workshop, ingest_upload, run_ingest
from polidat.catalog import dataset_of, draft_listing, open_store
from polidat.core import Unavailable
from polidat.jobs import RunState, ask_to_cancel, latest_run, unheard
from polidat.lake import (
    DatasetVersion,
    NoSuchUpload,
    current_version,
    files_arriving,
    keep_suite,
    receive_upload,
    upload_subject,
    versions_of,
)
from polidat.people import register
from tests.conftest import NOON

GOOD = b"state,votes\nTX,1\nCA,2\n"


@pytest.fixture
def shop(new_database):
    """A workshop over a database of its own, its seller, and how a file is uploaded."""
    database = new_database()
    with database.unit_of_work() as session:
        seller = register(session, "s@example.org", now=NOON)
        listing = draft_listing(session, seller, open_store(session, seller, "S", now=NOON), "T", now=NOON)
        dataset = dataset_of(session, listing)
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(database, Path(folder) / "lake", Path(folder) / "inbox", None, lambda: NOON)

        def upload(name, content):
            with files_arriving(workshop.inbox, bytes_max=10**9) as arrival:
                arrival.take(name, [content])
            with database.unit_of_work() as session:
                return receive_upload(session, dataset, seller, arrival, now=NOON).public_id

        yield workshop, seller, dataset, upload


def run_of(workshop, upload_id):
    with workshop.database.reading() as session:
        return latest_run(session, upload_subject(upload_id))


def versions(workshop, seller, dataset):
    with workshop.database.reading() as session:
        return versions_of(session, seller, dataset.id)


def test_an_upload_is_committed_once_however_often_its_job_runs(shop):
    workshop, seller, dataset, upload = shop
    upload_id = upload("votes.csv", GOOD)

    run_ingest(workshop, upload_id)
    run_ingest(workshop, upload_id)
    again = ingest_upload(workshop, upload_id, unheard)

    assert run_of(workshop, upload_id).state == RunState.DONE
    assert [(each.number, each.rows) for each in versions(workshop, seller, dataset)] == [(1, 2)]
    assert again.number == 1
    assert sorted(each.name for each in (workshop.inbox / upload_id).iterdir()) == [
        "reading.json",
        "source",
        "validation.json",
    ]


def test_rejected_rows_are_kept_with_line_and_reason(shop):
    workshop, _, _, upload = shop
    rows = b"".join(b"%d,%d\n" % (each, each) for each in range(300))
    version = ingest_upload(workshop, upload("n.csv", b"a,b\n" + rows + b"x,oops\n"), unheard)

    hidden = {each.name: each for each in version.readable(hidden=True)}
    assert (version.rows, version.rejected_rows) == (300, 1)
    assert hidden["_rejects"].rows == 1


def test_a_file_that_cannot_be_read_fails_with_a_sentence_and_changes_nothing(shop):
    workshop, seller, dataset, upload = shop
    upload_id = upload("x.xml", b"<a/>")

    run_ingest(workshop, upload_id)

    run = run_of(workshop, upload_id)
    assert run.state == RunState.FAILED
    assert "x.xml" in run.problem
    assert versions(workshop, seller, dataset) == []


def test_a_version_that_fails_a_blocking_expectation_leaves_readers_where_they_were(shop):
    workshop, seller, dataset, upload = shop
    good = ingest_upload(workshop, upload("votes.csv", GOOD), unheard)
    expectation = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "votes", "min_value": 100},
        "meta": {"blocking": True},
    }
    with workshop.database.unit_of_work() as session:
        keep_suite(session, seller, dataset.id, {"name": "mine", "expectations": [expectation]})

    bad = ingest_upload(workshop, upload("votes.csv", GOOD), unheard)

    with workshop.database.reading() as session:
        assert current_version(session, dataset.id).id == good.id
    assert bad.is_blocked


def test_a_cancelled_upload_changes_nothing(shop):
    workshop, seller, dataset, upload = shop
    upload_id = upload("votes.csv", GOOD)
    with workshop.database.unit_of_work() as session:
        ask_to_cancel(session, run_of(workshop, upload_id).id)

    run_ingest(workshop, upload_id)

    assert run_of(workshop, upload_id).state == RunState.CANCELLED
    assert versions(workshop, seller, dataset) == []


def test_what_is_down_is_tried_again_and_what_is_unknown_is_said(shop):
    workshop, _, _, upload = shop
    upload_id = upload("speech.txt", b"We will build roads. We will pay teachers. " * 20)

    def away(texts):
        raise Unavailable("The model is away.")

    broken = Workshop(workshop.database, workshop.lake, workshop.inbox, away, workshop.clock)
    with pytest.raises(Unavailable):
        run_ingest(broken, upload_id)
    run_ingest(workshop, upload_id)

    assert run_of(workshop, upload_id).state == RunState.DONE
    with pytest.raises(NoSuchUpload):
        ingest_upload(workshop, "upl_nothing", unheard)


KILLED = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from pipelines.ingest import Workshop, ingest_upload
from polidat.db import Database
url, folder, upload = sys.argv[1:]
def slow(step, done=0, total=None, note=""):
    print(step, flush=True)
    if step == "commit":
        sys.stdin.read()
place = Path(folder)
ingest_upload(Workshop(Database(url), place / "lake", place / "inbox", None, lambda: datetime.now(UTC)), upload, slow)
"""


def test_a_killed_ingest_loses_nothing_and_the_next_try_commits_once(shop):
    workshop, seller, dataset, upload = shop
    upload_id = upload("votes.csv", GOOD)
    words = [sys.executable, "-c", KILLED, workshop.database.url, str(workshop.lake.parent), upload_id]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while b"commit" not in process.stdout.readline():
        assert time.monotonic() < deadline
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert versions(workshop, seller, dataset) == []

    run_ingest(workshop, upload_id)

    with workshop.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DatasetVersion)) == 1
    assert run_of(workshop, upload_id).state == RunState.DONE

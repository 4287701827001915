"""The command line: what it prints, and how it ends."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import quick_home
from tests.factories import POLLS


@pytest.fixture(scope="module")
def polidat():
    """Run a command in a home of its own; gives exit code, stdout, stderr."""
    with quick_home() as home:

        def run(*words):
            env = os.environ | {"POLIDAT_HOME": str(home / "home")}
            done = subprocess.run(
                [sys.executable, "-m", "polidat.cli", *words], env=env, capture_output=True, timeout=120
            )
            assert b"Traceback" not in done.stderr, done.stderr.decode()
            return done.returncode, done.stdout.decode(), done.stderr.decode()

        yield run


@pytest.fixture(scope="module")
def polls(polidat, tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "polls.csv"
    path.write_text(POLLS)
    code, out, err = polidat(
        "ingest",
        str(path),
        "--store",
        "S",
        "--title",
        "T",
        "--price",
        "19.00",
        "--currency",
        "usd",
        "--publish",
        "--json",
    )
    assert code == 0, err
    return json.loads(out)


def test_files_are_ingested_priced_and_published(polidat, polls):
    code, out, _ = polidat("listings", "--json")

    assert (polls["version"], polls["state"], polls["rows"]) == (1, "published", 4)
    assert code == 0
    assert json.loads(out) == [{"slug": "t", "title": "T", "store": "s", "price": "19.00 USD"}]
    assert polidat("listings")[1].startswith("t  19.00 USD")


def test_a_query_is_printed_in_each_format(polidat, polls):
    sql = "select state, count(*) n from polls group by 1 order by 1"

    assert "│ CA" in polidat("query", "t", sql)[1]
    assert polidat("query", "t", sql, "--format", "csv")[1].splitlines()[1].startswith('"CA"')
    assert json.loads(polidat("query", "t", sql, "--format", "json")[1])[0] == {"state": "CA", "n": 1}
    assert polidat("query", "t", sql, "--format", "xml")[0] == 2


def test_a_question_is_answered_as_json(polidat, polls):
    told = json.loads(polidat("ask", "t", "How many polls were there in 2016?", "--json")[1])

    assert (told["answered"], told["rows"]) == (True, [{"rows": 2}])
    assert "SELECT" in polidat("ask", "t", "How many polls were there in 2016?")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("query", "t", "drop table polls"), "SELECT"),
        (("query", "nothing", "select 1"), "no listing"),
        (("query", "t", "select 1", "--as", "nobody@example.org"), "Nobody"),
        (("ingest", "no/such/file.csv", "--store", "S", "--title", "X"), "no file"),
        (("ingest", __file__, "--store", "S", "--title", "X", "--price", "0.10"), "too little"),
    ],
)
def test_what_is_refused_ends_with_1_and_one_sentence(polidat, polls, words, says):
    code, out, err = polidat(*words)

    assert (code, out) == (1, "")
    assert says in err


def test_help_needs_no_room_and_opening_the_house_no_library_that_works_on_data():
    seen = "import sys, polidat.cli; a = set(sys.modules); import polidat.wiring; print(*a, '|', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    for_help, for_house = (set(each.split()) for each in done.stdout.split("|"))

    assert for_help & {"sqlalchemy", "pydantic", "polidat.wiring", "polidat.db"} == set()
    assert (
        for_house
        & {"pyarrow", "deltalake", "duckdb", "numpy", "sqlglot", "stripe", "alembic", "great_expectations", "reportlab"}
        == set()
    )


def test_wrong_use_ends_with_2(polidat):
    assert polidat("query", "t")[0] == 2
    assert polidat("nonsense")[0] == 2


def test_the_doctor_and_the_settings_are_printed_without_secrets(polidat):
    code, out, _ = polidat("doctor")

    assert code == 0
    assert "PostgreSQL" in out
    assert "ok   anchors: 0 kept, 0 signed; no key" in out
    assert "stripe_api_key = None" in polidat("config")[1]


def test_the_books_are_checked_anchored_and_taken_away(polidat):
    assert json.loads(polidat("ledger", "verify", "--json")[1]) == {
        "sealed": 0,
        "head": "0" * 64,
        "problem": "",
        "unbalanced": [],
        "anchors": 0,
        "signed_anchors": 0,
        "public_key": "",
    }
    assert json.loads(polidat("ledger", "audit", "--json")[1])["problem"] == ""
    assert "Not signed: set POLIDAT_ANCHOR_KEY." in polidat("ledger", "anchor")[1]
    code, made, told = polidat("ledger", "new-key")
    assert (code, made[:18], told[:11]) == (0, "POLIDAT_ANCHOR_KEY", "public key:")
    code, out, _ = polidat("ledger", "journal", "--from", "2026-01-01", "--to", "2026-12-31")
    assert code == 0
    assert out.startswith("date,transaction,kind,account,debit,credit")
    code, _, err = polidat("ledger", "journal", "--from", "yesterday", "--to", "2026-12-31")
    assert (code, "is not a day" in err) == (1, True)

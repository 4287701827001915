"""Answers are right, shown with their source, or not given."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polidat.assistant import AskSource, QuestionTooLong, ask, embed
from polidat.core import Invalid, PoliDatError
from polidat.lake import Column, ReadableTable
from polidat.query import check_select

POLLS = {
    "pollster": ["Ann & Co", "Ann & Co", "Bob Polls", None],
    "state_name": ["Texas", "Ohio", "Texas", "Texas"],
    "year": [2016, 2016, 2018, 2020],
    "error": [1.0, 3.0, 5.0, None],
    "votes": [10, 20, 30, 40],
}
CHUNKS = {
    "document": ["idaho", "maine"],
    "chunk": [0, 0],
    "page": [None, 2],
    "start_char": [0, 100],
    "end_char": [90, 190],
    "text": [
        "We will bring fast broadband internet to every farm. Thank you all for coming tonight.",
        "Our lobster harvest was strong this year. The fishing fleet is proud of it.",
    ],
}


def readable(folder, name, data, kinds):
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table(data), path)
    columns = tuple(Column(each, each, kind) for each, kind in zip(data, kinds, strict=True))
    return ReadableTable(name, (str(path),), len(next(iter(data.values()))), 1, columns)


@pytest.fixture(scope="module")
def polls(tmp_path_factory):
    return readable(tmp_path_factory.mktemp("t"), "polls", POLLS, ["VARCHAR", "VARCHAR", "BIGINT", "DOUBLE", "BIGINT"])


@pytest.fixture(scope="module")
def source(polls):
    def run(sql):
        check_select(sql, [polls])
        with duckdb.connect() as engine:
            engine.execute(f"CREATE VIEW polls AS SELECT * FROM read_parquet('{polls.files[0]}')")
            return engine.sql(sql).to_arrow_table()

    return AskSource((polls,), run)


@pytest.fixture(scope="module")
def speeches(tmp_path_factory):
    kinds = ["VARCHAR", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "VARCHAR"]
    return AskSource((readable(tmp_path_factory.mktemp("c"), "chunks", CHUNKS, kinds),), lambda sql: pa.table({}))


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("How many polls are there?", [{"rows": 4}]),
        ("How many polls were there in 2016?", [{"rows": 2}]),
        ("How many polls after 2016?", [{"rows": 2}]),
        ("How many polls between 2016 and 2018?", [{"rows": 3}]),
        ("How many polls in Texas?", [{"rows": 3}]),
        ('how many rows of "Ann & Co"', [{"rows": 2}]),
        ("average error", [{"average_error": 3.0}]),
        ("What is the highest error in Texas?", [{"highest_error": 5.0}]),
        ("total votes", [{"total_votes": 100}]),
        ("How many different pollsters?", [{"number_pollster": 2}]),
        (
            "total votes by state",
            [{"state_name": "Texas", "total_votes": 80}, {"state_name": "Ohio", "total_votes": 20}],
        ),
        ("top 1 pollsters by number of polls", [{"pollster": "Ann & Co", "rows": 2}]),
        ("Which pollster has the most polls?", [{"pollster": "Ann & Co", "rows": 2}]),
        ("Which state has the highest total votes?", [{"state_name": "Texas", "total_votes": 80}]),
    ],
)
def test_a_question_of_the_table_is_computed_and_shows_its_sql(source, question, rows):
    answer = ask(question, source)

    assert answer.how == "table", answer.why_not
    assert [dict(each) for each in answer.rows] == rows
    assert answer.sql.startswith("SELECT")
    assert "polls" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "What is the weather today?",
        "How many polls were not in Texas?",
        "revenue by planet",
        "average",
        "top 5",
        "drop table polls",
    ],
)
def test_what_is_not_understood_is_declined_with_a_reason(source, question):
    answer = ask(question, source)

    assert not answer.answered
    assert answer.why_not
    assert answer.suggestions
    assert answer.as_json()["answer"]


def test_passages_are_quoted_word_for_word(speeches):
    answer = ask("Who wants broadband for farms?", speeches)

    assert answer.how == "passages"
    assert answer.citations[0].source == "idaho"
    assert answer.citations[0].quote in CHUNKS["text"][0]
    assert answer.citations[0].quote == CHUNKS["text"][0][answer.citations[0].start_char : answer.citations[0].end_char]


def test_passages_about_something_else_are_no_answer(speeches):
    assert not ask("How do I repair a bicycle tyre?", speeches).answered


@pytest.mark.parametrize("question", ["", "   "])
def test_an_empty_question_is_refused(source, question):
    with pytest.raises(Invalid):
        ask(question, source)


def test_a_question_longer_than_a_question_is_refused(source):
    with pytest.raises(QuestionTooLong):
        ask("x" * 1001, source)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "total",
                "average",
                "by",
                "state",
                "pollster's",
                "in",
                "2016",
                "'; --",
                '"',
                "top",
                "3",
                "votes",
                "Texas",
                "most",
                "which",
                "has",
                "the",
                "Ω",
            ]
        ),
        min_size=1,
        max_size=9,
    )
)
def test_whatever_is_asked_only_our_errors_come_out_and_only_one_select_runs(source, words):
    try:
        answer = ask(" ".join(words), source)
    except PoliDatError:
        return
    if answer.sql:
        check_select(answer.sql, list(source.tables))


def test_vectors_are_normal_and_near_for_near_meanings():
    school, teaching, cat = embed(["the budget for schools", "money for education", "a cat on a mat"])

    assert abs(float(school @ school) - 1) < 1e-5
    assert float(school @ teaching) > float(school @ cat)

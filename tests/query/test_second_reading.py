"""The second opinion on a query, asked alone: what it would stop if the first reading had let it pass."""

import pytest

from polidat.query import NotOneSelect, NotUnderstood, PhraseNotAllowed, TableNotGranted
from polidat.query.second_reading import read_again


@pytest.mark.parametrize(
    ("sql", "refusal"),
    [
        ("SELECT 1; SELECT 2", NotOneSelect),
        ("", NotOneSelect),
        ("DROP TABLE polls", NotOneSelect),
        ("COPY polls TO 'x'", NotOneSelect),
        ("SET threads = 1", NotOneSelect),
        ("WITH x AS (DELETE FROM polls RETURNING *) SELECT * FROM x", PhraseNotAllowed),
        ("SELECT * INTO y FROM polls", PhraseNotAllowed),
        ("SELECT $1", PhraseNotAllowed),
        ("SELECT * FROM secrets", TableNotGranted),
        ("SELECT * FROM polls, (SELECT * FROM 'a.csv')", TableNotGranted),
        ("SELECT * FROM other.polls", TableNotGranted),
        ("SELECT ((1", NotUnderstood),
        ("SELECT 'abc", NotUnderstood),
    ],
)
def test_what_writes_or_reads_more_is_refused(sql: str, refusal: type[Exception]):
    with pytest.raises(refusal):
        read_again(sql, {"polls", "x"}, ["polls"])


@pytest.mark.parametrize("sql", ["SELECT * FROM Polls; -- done", "FROM polls", "VALUES (1)", "DESCRIBE polls"])
def test_what_reads_known_tables_passes(sql: str):
    read_again(sql, {"polls"}, ["polls"])


def test_a_syntax_error_is_placed():
    with pytest.raises(NotUnderstood) as refused:
        read_again("SELECT 1,\n (2 FROM polls", {"polls"}, ["polls"])

    assert refused.value.facts["line"] == 2

"""Tables, a pool and statements for the tests of the query room. No database server is needed here."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from polidat.lake import Column, ReadableTable
from polidat.query import QueryLimits, QueryPool

STATEMENTS = Path(__file__).parent
SMALL = QueryLimits(time_s=1.0, memory_bytes=256 * 2**20, rows_max=1_000, bytes_max=2**20, threads=2)

_POLLS = """
    SELECT i AS id, ['TX', 'OH', 'GA', 'PA', 'NV'][i % 5 + 1] AS state, 'A' || i % 7 || ' Research' AS pollster,
           30 + (i * 37 % 400) / 10.0 AS share, 500 + i % 900 AS sample, DATE '2024-01-01' + (i % 300)::INTEGER AS day,
           ['phone', 'online'][1:i % 2 + 1] AS tags, '{"mode": "phone", "weights": [1, 2]}' AS detail
    FROM range(2000) t(i)
"""
_COUNTIES = (
    "SELECT ['TX', 'OH', 'GA'][i % 3 + 1] AS state, 'County ' || i AS county, i * 10 AS votes FROM range(60) t(i)"
)


def written_table(folder: Path, name: str, select: str, *, hidden: bool = False) -> ReadableTable:
    """A table with the rows of a SELECT, as one Parquet file."""
    file = folder / f"{name}.parquet"
    path = str(file).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        columns = connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
        counted = connection.execute(f"SELECT count(*) FROM '{path}'").fetchone()
    assert counted is not None
    return ReadableTable(
        name=name,
        files=(str(file),),
        rows=counted[0],
        bytes=file.stat().st_size,
        columns=tuple(Column(each[0], each[0], each[1]) for each in columns),
        hidden=hidden,
    )


@pytest.fixture(scope="session")
def query_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("query lake's")


@pytest.fixture(scope="session")
def tables(query_folder: Path) -> list[ReadableTable]:
    """Two tables a buyer bought, and a hidden one of the same version."""
    written_table(query_folder, "secrets", "SELECT 'of another seller' AS secret")
    return [
        written_table(query_folder, "polls", _POLLS),
        written_table(query_folder, "counties", _COUNTIES),
        written_table(query_folder, "_rejects", "SELECT 'raw line' AS raw", hidden=True),
    ]


@pytest.fixture(scope="session")
def pool() -> Iterator[QueryPool]:
    with QueryPool(2) as opened:
        yield opened


def statements(kind: str) -> list[Path]:
    """The statement files of a folder."""
    return sorted((STATEMENTS / kind).glob("*.sql"))

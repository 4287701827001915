"""The second wall: DuckDB over exactly the granted files, opened once per worker and then locked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import duckdb

from polidat.query.arrow import ArrowError, cut_stream
from polidat.query.errors import QueryFailed, QueryNeedsTooMuchMemory, TableOutOfReach
from polidat.query.grants import Grant
from polidat.query.guard import CheckedSelect, check_names, place_in

BATCH_ROWS = 2_048  # one DuckDB vector: with wide rows even this can be hundreds of megabytes
# A reader of Arrow batches knows no exception classes of DuckDB, only its words.
_OUT_OF_MEMORY = re.compile(r"Out of Memory|bad_alloc|malloc|failed to allocate", re.IGNORECASE)
_PATH = re.compile(r"""(?<![\w<])/(?:[^\s"'():,/]+/)+[^\s"'():,]*""")


@dataclass(frozen=True)
class Engine:
    """A locked connection with one view per granted table. `sizes` are compressed bytes by table and column."""

    connection: duckdb.DuckDBPyConnection
    grant: Grant
    sizes: dict[str, dict[str, int]]


@dataclass
class Answer:
    """What is known of an answer when its last byte is out."""

    columns: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    rows: int = 0
    bytes: int = 0
    truncated: bool = False
    scanned_rows: int = 0
    scanned_bytes: int = 0
    tables: list[str] = field(default_factory=list[str])


def open_engine(grant: Grant) -> Engine:
    """DuckDB in memory with a view for each granted table, and no way to anything else.

    Raises TableOutOfReach for a table whose files cannot be read.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": f"{grant.memory_bytes}B",
            "threads": grant.threads,
            "async_threads": grant.threads,
            "max_temp_directory_size": "0B",
            "temp_directory": "",  # nothing is ever spilled: there is nowhere to write
        },
    )
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    sizes: dict[str, dict[str, int]] = {}
    for table in grant.tables:
        try:
            sizes[table.name] = _column_sizes(connection, table.files)
            columns = ", ".join(_quoted(each) for each in table.columns)
            connection.execute(
                f"CREATE VIEW {_quoted(table.name)} AS SELECT {columns} "  # noqa: S608 - quoted, and not a stranger's
                f"FROM read_parquet([{_texts(table.files)}], hive_partitioning = false)"
            )
        except duckdb.Error as error:
            raise TableOutOfReach(table.name, why=str(error)[:500]) from error
    every = [file for table in grant.tables for file in table.files]
    connection.execute(f"SET allowed_paths = [{_texts(every)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return Engine(connection, grant, sizes)


def check_here(engine: Engine, sql: str) -> CheckedSelect:
    """The guard's verdict, with the parser that will run the query."""
    granted = {each.name: each.columns for each in engine.grant.tables}
    return check_names(sql, granted, parser=engine.connection.cursor())


def answer_select(
    engine: Engine, checked: CheckedSelect, answered: Answer, *, rows_max: int, bytes_max: int
) -> Iterator[bytes]:
    """Run the query; yield its answer as pieces of one Arrow IPC stream, and fill `answered` on the way.

    Each query has a cursor of its own, so nothing of a session (a random seed, a prepared statement) outlives it.
    Raises QueryFailed or QueryNeedsTooMuchMemory.
    """
    answered.tables = list(checked.tables)
    answered.scanned_rows = sum(each.rows for each in engine.grant.tables if each.name in checked.tables)
    answered.scanned_bytes = sum(
        engine.sizes[table].get(column, 0) for table, columns in checked.columns.items() for column in columns
    )
    cursor = engine.connection.cursor()
    try:
        relation = cursor.sql(checked.sql)  # lazy: it computes while it is read, and stops where reading stops
        answered.columns = [(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]
        batches = cast("Any", relation).to_arrow_reader(BATCH_ROWS)
        yield from cut_stream(batches, answered, rows_max=rows_max, bytes_max=bytes_max)
    except (duckdb.Error, ArrowError, MemoryError, OSError, RuntimeError) as error:
        raise translate(error, engine.grant) from error
    finally:
        cursor.close()


def describe(engine: Engine) -> list[dict[str, Any]]:
    """Tables and columns as a query sees them: name, rows, and (name, type) of each column."""
    described: list[dict[str, Any]] = []
    for table in engine.grant.tables:
        rows = engine.connection.execute(f"DESCRIBE SELECT * FROM {_quoted(table.name)}").fetchall()  # noqa: S608 - quoted
        described.append({"name": table.name, "rows": table.rows, "columns": [[each[0], each[1]] for each in rows]})
    return described


def translate(error: BaseException, grant: Grant) -> QueryFailed | QueryNeedsTooMuchMemory | TableOutOfReach:
    """A foreign error as one of ours, without a path of this machine but with the place in the query."""
    message = str(error)
    if isinstance(error, (duckdb.OutOfMemoryException, MemoryError)) or _OUT_OF_MEMORY.search(message):
        return QueryNeedsTooMuchMemory(grant.memory_bytes)
    if isinstance(error, duckdb.IOException) or message.startswith("IO Error"):
        return TableOutOfReach("you asked for", why=message[:500])
    line, column = place_in(message)
    return QueryFailed(_without_paths(message, grant), line=line, column=column)


def _without_paths(message: str, grant: Grant) -> str:
    """The first paragraph of a message; files are called by the table they belong to."""
    shown = message.split("\n\nLINE", 1)[0].strip()
    for table in grant.tables:
        for file in table.files:
            shown = shown.replace(file, table.name)
    return _PATH.sub("<file>", shown)[:1_000]


def _column_sizes(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> dict[str, int]:
    """Compressed bytes of each top-level column, from the footers of the files."""
    rows = connection.execute(
        "SELECT split_part(path_in_schema, ', ', 1), sum(total_compressed_size)::BIGINT "
        "FROM parquet_metadata($1) WHERE path_in_schema IS NOT NULL GROUP BY 1",
        [list(files)],
    ).fetchall()
    return {str(name): int(size or 0) for name, size in rows}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _texts(values: Sequence[str]) -> str:
    return ", ".join("'" + each.replace("'", "''") + "'" for each in values)


def answer_as_json(answered: Answer) -> dict[str, Any]:
    """Values that survive JSON."""
    return asdict(answered)

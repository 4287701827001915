"""Runs a stranger's SELECT through the pool, and answers with Arrow."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from polidat.core import Broken, PoliDatError
from polidat.query.errors import QueryLost, QueryNeedsTooMuchMemory, QueryTookTooLong, QueryTooLong, restore_error
from polidat.query.frames import BATCH, DONE, FAILED, RUN, LineCut, receive_frame, send_json
from polidat.query.grants import Grant, grant_tables
from polidat.query.guard import SQL_BYTES_MAX
from polidat.query.limits import MIB, QueryLimits
from polidat.query.nursery import Worker
from polidat.query.pool import QueryPool
from polidat.query.results import QueryResult

if TYPE_CHECKING:
    from polidat.lake import ReadableTable

_DEFAULT = QueryLimits()


@dataclass(frozen=True)
class TableDescription:
    """A table as SQL sees it: its name, its rows, and (name, DuckDB type) of each column."""

    name: str
    rows: int
    columns: tuple[tuple[str, str], ...]


def run_select(
    pool: QueryPool, tables: "Sequence[ReadableTable]", sql: str, *, limits: QueryLimits = _DEFAULT
) -> QueryResult:
    """The answer to one SELECT over the tables that are not hidden, cut at the limits of rows and bytes.

    Raises a leaf of Refused for a query that may not or cannot run, TooMuch when it reached the limit of time or
    memory or found no place, Unavailable when it was lost.
    """
    pieces: list[bytes] = []
    conversation = converse(pool, tables, sql, limits)
    while True:
        try:
            pieces.append(next(conversation))
        except StopIteration as end:
            return QueryResult.of(pieces, end.value)


def describe_tables(pool: QueryPool, tables: "Sequence[ReadableTable]") -> list[TableDescription]:
    """The tables that are not hidden, with their columns as DuckDB types them. Raises as `run_select`."""
    with pool.borrow(_grant(tables, _DEFAULT)) as worker:
        return [
            TableDescription(each["name"], each["rows"], tuple((name, kind) for name, kind in each["columns"]))
            for each in _any(worker.described)
        ]


def _any(value: Any) -> Any:
    """JSON has no narrower type."""
    return value


def converse(
    pool: QueryPool, tables: "Sequence[ReadableTable]", sql: str, limits: QueryLimits
) -> Generator[bytes, None, dict[str, Any]]:
    """Pieces of one Arrow IPC stream as they arrive; returns what the worker said about them at the end.

    The deadline runs while the worker computes and is enforced here, with SIGKILL. Closing the generator early ends
    the query.
    """
    if len(sql) > SQL_BYTES_MAX:  # the guard in the worker counts bytes; this keeps megabytes off the line
        raise QueryTooLong(len(sql), SQL_BYTES_MAX)
    refusal: PoliDatError | None = None
    with pool.borrow(_grant(tables, limits)) as worker:
        try:
            ended = yield from listen(worker, sql, limits)
        except TimeoutError:
            raise QueryTookTooLong(limits.time_s) from None
        except (LineCut, ValueError) as error:
            raise QueryLost(repr(error)) from error
        if isinstance(ended, QueryNeedsTooMuchMemory):
            raise QueryNeedsTooMuchMemory(limits.memory_bytes)
        if isinstance(ended, Broken):
            raise ended
        if isinstance(ended, PoliDatError):
            refusal, ended = ended, {}
    if refusal is not None:  # raised outside: the worker refused in good order and stays
        raise refusal
    return ended


def listen(worker: Worker, sql: str, limits: QueryLimits) -> Generator[bytes, None, dict[str, Any] | PoliDatError]:
    """Send one query to a worker; yield the pieces of its answer; return its last word, or the error it told.

    Raises TimeoutError at the deadline, LineCut when the worker went away or breaks the rules of the line.
    """
    until = monotonic() + limits.time_s
    asked = {"sql": sql, "time_s": limits.time_s, "rows_max": limits.rows_max, "bytes_max": limits.bytes_max}
    worker.line.settimeout(limits.time_s)
    send_json(worker.line, RUN, asked)
    received = 0
    while True:
        frame = receive_frame(worker.line, until=until)
        if frame.kind == BATCH:
            received += len(frame.body)
            if received > limits.bytes_max + 2 * MIB:  # a worker that keeps to its limits never comes here
                raise LineCut("more bytes than asked for")
            yield frame.body
        elif frame.kind == DONE:
            return frame.json()
        elif frame.kind == FAILED:
            return restore_error(frame.json())
        else:
            raise LineCut("an unknown frame")


def _grant(tables: "Sequence[ReadableTable]", limits: QueryLimits) -> Grant:
    return grant_tables(tables, memory_bytes=limits.memory_bytes, threads=limits.threads)

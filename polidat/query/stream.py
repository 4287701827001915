"""An answer handed on while it is still being computed, for callers that stream.

A slow reader must not hold a worker: a thread takes the pieces as fast as they come, and no more than the byte limit
of the query waits in memory.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from polidat.core import Broken, PoliDatError
from polidat.query.limits import QueryLimits
from polidat.query.pool import QueryPool
from polidat.query.results import QueryResult
from polidat.query.run import converse

if TYPE_CHECKING:
    from polidat.lake import ReadableTable

_DEFAULT = QueryLimits()


class ResultStream:
    """Pieces of one Arrow IPC stream. After the last piece, `ended` tells about the answer, without its bytes."""

    def __init__(self, first: bytes, rest: "SimpleQueue[bytes | PoliDatError | QueryResult]", gone: Event) -> None:
        self._first, self._rest, self._gone = first, rest, gone
        self.ended: QueryResult | None = None

    def __iter__(self) -> Iterator[bytes]:
        """The pieces, in order, once. Raises what stops the query on the way; leaving early ends the query."""
        try:
            yield self._first
            while True:
                piece = self._rest.get()
                if isinstance(piece, PoliDatError):
                    raise piece
                if isinstance(piece, QueryResult):
                    self.ended = piece
                    return
                yield piece
        finally:
            self._gone.set()

    def close(self) -> None:
        """End the query, whether or not anybody has read."""
        self._gone.set()


def stream_select(
    pool: QueryPool, tables: "Sequence[ReadableTable]", sql: str, *, limits: QueryLimits = _DEFAULT
) -> ResultStream:
    """Start one SELECT and wait for the beginning of its answer: refusals are raised here, as by `run_select`."""
    pieces: SimpleQueue[bytes | PoliDatError | QueryResult] = SimpleQueue()
    gone = Event()

    def drain() -> None:
        try:
            pieces.put(QueryResult.of((), _pass_on(pool, tables, sql, limits, pieces, gone)))
        except PoliDatError as error:
            pieces.put(error)
        except BaseException as error:
            pieces.put(Broken("The query could not be answered.", why=repr(error)))

    Thread(target=drain, name="query-stream", daemon=True).start()
    first = pieces.get()
    if isinstance(first, PoliDatError):
        raise first
    assert isinstance(first, bytes)  # an answer begins with its schema
    return ResultStream(first, pieces, gone)


def _pass_on(
    pool: QueryPool,
    tables: "Sequence[ReadableTable]",
    sql: str,
    limits: QueryLimits,
    pieces: "SimpleQueue[bytes | PoliDatError | QueryResult]",
    gone: Event,
) -> dict[str, Any]:
    with closing(converse(pool, tables, sql, limits)) as conversation:
        while not gone.is_set():
            try:
                pieces.put(next(conversation))
            except StopIteration as end:
                return end.value
    return {"columns": [], "rows": 0, "truncated": True, "tables": [], "elapsed_ms": 0.0, "scanned_rows": 0,
            "scanned_bytes": 0}  # fmt: skip

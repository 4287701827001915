"""A bounded number of queries at a time, each with a worker process to itself.

A worker belongs to the first grant it opens, for life: the kernel has then closed every other file to it, so data of
two buyers with different rights never meet in one process. Queries over the same tables of the same version use it
again, one after the other; that is safe because its DuckDB is locked and read-only, each query has a cursor of its
own, and a worker that was killed, ran out of memory or lost its line is never used again. Blank workers are kept
ready, so that a new grant does not wait for a process.
"""

from collections import OrderedDict, deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from threading import Condition, Event, Thread
from time import monotonic
from types import TracebackType

from polidat.core import PoliDatError
from polidat.query.errors import QueryRoomClosed, TableOutOfReach, TooManyQueries, restore_error
from polidat.query.frames import FAILED, OPEN, LineCut, receive_frame, send_json
from polidat.query.grants import Grant
from polidat.query.nursery import Nursery, Worker

OPEN_S = 20.0


class QueryPool:
    """Workers for queries. Open one per process at the composition root, and close it at the end."""

    def __init__(
        self,
        size: int = 2,
        *,
        queue_max: int = 64,
        queue_s: float = 10.0,
        warm_max: int = 8,
        uses_max: int = 1_000,
        blanks: int | None = None,
    ) -> None:
        """`size` queries run at once; `queue_max` more wait up to `queue_s`; `warm_max` opened workers stay idle.

        `blanks` workers are kept ready for other tables, one for each place unless told otherwise.
        """
        self._size, self._queue_max, self._queue_s = size, queue_max, queue_s
        self._warm_max, self._uses_max = warm_max, uses_max
        self._blanks_kept = size if blanks is None else blanks
        self._changed = Condition()
        self._running: set[Worker] = set()
        self._places_taken = 0
        self._waiting: deque[object] = deque()
        self._warm: OrderedDict[Worker, Grant] = OrderedDict()  # the longest unused first
        self._blank: list[Worker] = []
        self._closed = False
        self._nursery = Nursery()
        self._blanks_wanted = Event()
        self._keeper = Thread(target=self._keep_blanks, name="query-pool-keeper", daemon=True)
        self._keeper.start()
        self._blanks_wanted.set()

    def __enter__(self) -> "QueryPool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End every worker. Queries that still run are lost; waiting ones are refused."""
        with self._changed:
            self._closed = True
            workers = [*self._running, *self._warm, *self._blank]
            self._warm.clear()
            self._blank.clear()
            self._changed.notify_all()
        self._blanks_wanted.set()
        for worker in workers:
            worker.kill()
        self._nursery.close()
        self._keeper.join(timeout=5)

    def walls(self) -> dict[str, bool]:
        """Which walls of the kernel stand around workers on this machine, for the operator's eyes."""
        with self._place():
            worker = self._blank_worker()
            self._give_back(worker, clean=True)
            return dict(worker.walls)

    @contextmanager
    def borrow(self, grant: Grant) -> Generator[Worker]:
        """A worker that has opened the grant, for one query; whoever leaves with an error leaves it to be ended.

        An error of ours that the worker itself reported leaves it clean, but for a lack of memory.
        Raises TooManyQueries when no place became free in time, QueryRoomClosed, TableOutOfReach.
        """
        with self._place():
            worker, clean = self._open_worker(grant), False
            try:
                yield worker
                clean = True
            finally:
                worker.uses += 1
                self._give_back(worker, clean=clean and worker.uses < self._uses_max)

    @contextmanager
    def _place(self) -> Generator[None]:
        """One of the `size` places, first come first served."""
        began, ticket = monotonic(), object()
        with self._changed:
            if len(self._waiting) >= self._queue_max:
                raise TooManyQueries(0.0)
            self._waiting.append(ticket)
            try:
                self._changed.wait_for(lambda: self._closed or self._is_next(ticket), timeout=self._queue_s)
                if self._closed:
                    raise QueryRoomClosed("the pool is closed")
                if not self._is_next(ticket):
                    raise TooManyQueries(monotonic() - began)
                self._places_taken += 1
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._places_taken -= 1
                self._changed.notify_all()

    def _is_next(self, ticket: object) -> bool:
        return self._places_taken < self._size and self._waiting[0] is ticket

    def _open_worker(self, grant: Grant) -> Worker:
        with self._changed:
            known = next((each for each in reversed(self._warm) if self._warm[each] == grant), None)
            if known is not None:
                del self._warm[known]
                if known.lives():
                    self._running.add(known)
                    return known
                known.kill()
        try:
            return self._open(self._blank_worker(), grant)
        except LineCut:
            # A worker kept ready may die as it is taken. A new one that dies too did so over these tables.
            try:
                return self._open(self._blank_worker(new=True), grant)
            except LineCut as error:
                raise TableOutOfReach(_names_of(grant), why=repr(error)) from error

    def _open(self, worker: Worker, grant: Grant) -> Worker:
        """The worker, with the grant opened. Raises LineCut when the worker died; a worker that failed is ended."""
        try:
            worker.line.settimeout(OPEN_S)
            send_json(worker.line, OPEN, grant.as_json())
            frame = receive_frame(worker.line, until=monotonic() + OPEN_S)
            said = frame.json()
            if frame.kind == FAILED:
                raise restore_error(said)
            worker.grant, worker.described = grant, said["tables"]
        except BaseException as error:
            self._give_back(worker, clean=False)
            if isinstance(error, (TimeoutError, ValueError)):
                raise TableOutOfReach(_names_of(grant), why=repr(error)) from error
            raise
        return worker

    def _blank_worker(self, *, new: bool = False) -> Worker:
        """A worker that has opened nothing yet: one kept ready unless a new one is wanted, else a new one."""
        with self._changed:
            worker = None
            while worker is None and self._blank and not new:
                worker = self._blank.pop()
                if not worker.lives():
                    worker.kill()
                    worker = None
        worker = worker or self._nursery.bear()
        with self._changed:
            if not self._closed:
                self._running.add(worker)
                self._blanks_wanted.set()
                return worker
        worker.kill()
        raise QueryRoomClosed("the pool is closed")

    def _give_back(self, worker: Worker, *, clean: bool) -> None:
        """Keep a clean worker for the next query over the same tables; end any other."""
        ended = [] if clean else [worker]
        with self._changed:
            self._running.discard(worker)
            if clean and self._closed:
                ended.append(worker)
            elif clean and worker.grant is None:
                self._blank.append(worker)
            elif clean and worker.grant is not None:
                self._warm[worker] = worker.grant
                while len(self._warm) > self._warm_max:
                    ended.append(self._warm.popitem(last=False)[0])
        for each in ended:
            each.kill()
        self._blanks_wanted.set()

    def _keep_blanks(self) -> None:
        """Keep blank workers ready, in the background."""
        while True:
            self._blanks_wanted.wait()
            self._blanks_wanted.clear()
            while True:
                with self._changed:
                    if self._closed:
                        return
                    if len(self._blank) >= self._blanks_kept:
                        break
                try:
                    worker = self._nursery.bear()
                except PoliDatError:
                    break  # whoever needs a worker next tries again and tells the person
                with self._changed:
                    kept = not self._closed
                    if kept:
                        self._blank.append(worker)
                if not kept:
                    with suppress(OSError):
                        worker.kill()


def _names_of(grant: Grant) -> str:
    return ", ".join(each.name for each in grant.tables)

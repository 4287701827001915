"""What stops a query, each with the sentence its author sees.

Invalid      NotOneSelect · NotUnderstood · QueryTooLong · QueryTooDeep · QueryFailed
NotFound     TableNotGranted
NotAllowed   FunctionNotAllowed · PhraseNotAllowed
TooMuch      QueryTookTooLong · QueryNeedsTooMuchMemory · TooManyQueries
Unavailable  QueryLost · TableOutOfReach · QueryRoomClosed

A worker process sends a refusal as its class name, sentence and facts; `restore_error` makes it an error again.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import cast

from polidat.core import Broken, Invalid, NotAllowed, NotFound, PoliDatError, TooMuch, Unavailable


class NotOneSelect(Invalid):
    """Something else than one SELECT."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"Only one SELECT at a time can run here, and this is {found}. "
            "Send a single SELECT (WITH, FROM-first and VALUES are fine) and nothing after it.",
            found=found,
        )


class NotUnderstood(Invalid):
    """The text does not parse."""

    def __init__(self, why: str, *, line: int | None = None, column: int | None = None) -> None:
        place = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(f"This is not SQL we can read{place}: {why}.", line=line, column=column)


class QueryTooLong(Invalid):
    """The text is longer than the limit."""

    def __init__(self, size_bytes: int, size_bytes_max: int) -> None:
        super().__init__(
            f"The query is {size_bytes:,} bytes long; at most {size_bytes_max:,} are read. "
            "Put long lists of values into a table of their own, or split the query.",
            size_bytes=size_bytes,
        )


class QueryTooDeep(Invalid):
    """Brackets or subqueries are nested beyond the limit."""

    def __init__(self, depth_max: int) -> None:
        super().__init__(
            f"The query nests deeper than {depth_max} levels. Name the inner parts with WITH and build on them."
        )


class TableNotGranted(NotFound):
    """A table that does not exist or is not part of what this person may read: the same answer for both."""

    def __init__(self, name: str, granted: Sequence[str]) -> None:
        near = get_close_matches(name.lower(), [each.lower() for each in granted], n=1, cutoff=0.6)
        meant = next((each for each in granted if near and each.lower() == near[0]), None)
        guess = f" Did you mean {meant}?" if meant else ""
        known = f"You may query: {', '.join(granted)}." if granted else "There is no table to query here."
        super().__init__(f"There is no table {_short(name)} here.{guess} {known}", table=name, granted=tuple(granted))


class FunctionNotAllowed(NotAllowed):
    """A function outside the allow-list."""

    def __init__(self, name: str, *, as_table: bool = False, near: str | None = None) -> None:
        guess = f" Did you mean {near}()?" if near else ""
        what = (
            "Tables can come from range(), generate_series(), unnest(), json_each() and json_tree() only; "
            "query the tables you bought by name."
            if as_table
            else "Functions that compute on values are; those that reach files, settings or the system are not."
        )
        super().__init__(f"The function {_short(name)}() is not available here.{guess} {what}", function=name)


class PhraseNotAllowed(NotAllowed):
    """A part of SQL that does more than read the granted tables."""

    def __init__(self, phrase: str, instead: str) -> None:
        super().__init__(f"{phrase} cannot be used here. {instead}", phrase=phrase)


class QueryFailed(Invalid):
    """The database refused or stopped the query; its message, without anything about our machine."""

    def __init__(self, why: str, *, line: int | None = None, column: int | None = None) -> None:
        place = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(f"The query could not run{place}: {why}", line=line, column=column)


class QueryTookTooLong(TooMuch):
    """The time limit was reached and the query was stopped."""

    def __init__(self, time_s: float) -> None:
        super().__init__(
            f"The query was stopped after {time_s:g} s, the time limit. Filter earlier, join on keys, "
            "or look at a part first with LIMIT or USING SAMPLE.",
            time_s=time_s,
        )


class QueryNeedsTooMuchMemory(TooMuch):
    """The memory limit was reached."""

    def __init__(self, memory_bytes: int) -> None:
        super().__init__(
            f"The query needs more than {memory_bytes // 2**20:,} MB of memory. Read fewer columns, filter before "
            "joining or sorting, or aggregate in steps.",
            memory_bytes=memory_bytes,
        )


class TooManyQueries(TooMuch):
    """Everybody is querying at once: no place became free in time."""

    def __init__(self, waited_s: float) -> None:
        super().__init__(
            "Too many queries are running right now. Try again in a few seconds.", waited_s=round(waited_s, 1)
        )


class QueryLost(Unavailable):
    """The process running the query ended without an answer."""

    def __init__(self, why: str = "") -> None:
        super().__init__(
            "The query was lost: its process ended before the answer was complete, most often because it needed more "
            "memory than it may use. Try again; if it happens twice, make the query smaller.",
            why=why,
        )


class TableOutOfReach(Unavailable):
    """The files of a table cannot be read from here."""

    def __init__(self, name: str, why: str = "") -> None:
        super().__init__(f"The table {name} cannot be read at the moment. Try again soon.", table=name, why=why)


class QueryRoomClosed(Unavailable):
    """The pool is closed, or no worker can be started."""

    def __init__(self, why: str = "") -> None:
        super().__init__("Queries cannot run at the moment. Try again soon.", why=why)


_LEAVES: Mapping[str, type[PoliDatError]] = {
    leaf.__name__: leaf
    for leaf in (
        NotOneSelect, NotUnderstood, QueryTooLong, QueryTooDeep, TableNotGranted, FunctionNotAllowed, PhraseNotAllowed,
        QueryFailed, QueryTookTooLong, QueryNeedsTooMuchMemory, TableOutOfReach, QueryRoomClosed,
    )
}  # fmt: skip


def error_as_json(error: PoliDatError) -> dict[str, object]:
    """An error as values that survive JSON."""
    return {"leaf": type(error).__name__, "says": error.says, "facts": error.facts}


def restore_error(sent: Mapping[str, object]) -> PoliDatError:
    """The error a worker sent. Anything but one of our leaves becomes Broken."""
    leaf = _LEAVES.get(str(sent.get("leaf")), Broken)
    facts = sent.get("facts")
    error = leaf.__new__(leaf)
    named = cast("dict[str, object]", facts) if isinstance(facts, dict) else {}
    PoliDatError.__init__(error, str(sent.get("says")), **named)
    return error


def _short(name: str) -> str:
    """A name as the person wrote it, cut so that it cannot fill the page."""
    return name if len(name) <= 80 else f"{name[:77]}..."

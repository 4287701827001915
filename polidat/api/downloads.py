"""Files too long to be made in memory, streamed to whoever is signed in and may have them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from polidat.api.files import CSV, file_headers
from polidat.core import Invalid, NotAllowed, PoliDatError
from polidat.ledger import journal_csv
from polidat.people import SignInRequired, person_of_session
from polidat.wiring import House, export_file


def download_routes(house_of: Callable[[], House], cookie: str) -> list[Route]:
    """Return the routes of files; `cookie` is the one that says who is signed in."""

    async def journal(request: Request) -> Response:
        return await run_in_threadpool(_journal, house_of(), request, request.cookies.get(cookie))

    async def export(request: Request) -> Response:
        return await run_in_threadpool(_export, house_of(), request, request.cookies.get(cookie))

    return [
        Route("/download/journal.csv", journal, methods=["GET"]),
        Route("/download/export", export, methods=["GET"]),
    ]


def journal_file(house: House, first: date, last: date) -> Response:
    """Return the journal of these days, both included, as a file that is made while it is sent."""
    since = datetime.combine(first, time(), UTC)
    until = datetime.combine(last, time(), UTC) + timedelta(days=1)
    told = file_headers(f"journal-{first}-{last}.csv")
    return StreamingResponse(_lines(house, since, until), media_type=CSV, headers=told)


def _journal(house: House, request: Request, token: str | None) -> Response:
    try:
        _check_operator(house, token)
        first, last = (_day(request.query_params.get(name, "")) for name in ("from", "to"))
    except PoliDatError as error:
        return PlainTextResponse(error.says, error.status)
    return journal_file(house, first, last)


def _export(house: House, request: Request, token: str | None) -> Response:
    """A file of the kept export of a day."""
    try:
        _check_operator(house, token)
        day = _day(request.query_params.get("day", ""))
        path = export_file(house, day, request.query_params.get("file", ""))
    except PoliDatError as error:
        return PlainTextResponse(error.says, error.status)
    kind = "application/json" if path.suffix == ".json" else "text/csv; charset=utf-8"
    return FileResponse(path, media_type=kind, filename=path.name, headers={"Cache-Control": "no-store"})


def _lines(house: House, since: datetime, until: datetime) -> Iterator[str]:
    with house.reading() as session:
        yield from journal_csv(session, since=since, until=until)


def _check_operator(house: House, token: str | None) -> None:
    with house.reading() as session:
        person = person_of_session(session, token, now=house.now())
    if person is None:
        raise SignInRequired
    if not person.is_operator:
        raise NotAllowed("Only operators have the books.")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
        if not 2000 <= day.year < 3000:
            raise ValueError
        return day
    except ValueError:
        raise Invalid("Give the days as from=2026-11-01&to=2026-11-30, or as day=2026-11-01.") from None

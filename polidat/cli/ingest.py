"""Files of this machine as a dataset."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.orm import Session

from polidat.catalog import (
    Listing,
    dataset_of,
    draft_listing,
    listings_of_seller,
    open_store,
    publish_listing,
    set_price,
    stores_of,
)
from polidat.cli.local import acting_person
from polidat.core import Invalid, Money, slug_of
from polidat.jobs import Progress
from polidat.lake import file_chunks, files_arriving, receive_upload
from polidat.people import Person
from polidat.wiring import House, check_kind, ingest_now


def ingest_paths(
    house: House,
    paths: Sequence[str],
    *,
    store: str,
    title: str,
    kind: str,
    price: str | None,
    currency: str,
    publish: bool,
    email: str | None,
) -> dict[str, Any]:
    """Ingest the files and return what became of them. Raises what stops it as a sentence."""
    check_kind(kind)
    asked = Money.parse(price, currency) if price is not None else None
    files = list(_files(paths))
    person = acting_person(house, email)
    with files_arriving(house.inbox, bytes_max=house.settings.upload_bytes_max) as arrival:
        for each in files:
            arrival.take(each.name, file_chunks(each))
    with house.unit_of_work() as session:
        listing = _listing(session, person, store, title, house)
        dataset = dataset_of(session, listing)
        dataset.kind = kind or dataset.kind
        upload = receive_upload(session, dataset, person, arrival, now=house.now(), queued=False)
    with _bar() as progress:
        version = ingest_now(house, upload.public_id, progress)
    with house.unit_of_work() as session:
        if asked is not None:
            set_price(session, person, listing.id, asked)
        if publish:
            listing = publish_listing(session, person, listing.id, now=house.now())
    return {
        "listing": listing.slug,
        "version": version.number,
        "state": listing.state,
        "kind": version.kind,
        "blocked": version.is_blocked,
        "rows": version.rows,
        "rejected_rows": version.rejected_rows,
        "tables": [
            {"name": each.name, "rows": each.rows, "columns": [column.name for column in each.columns]}
            for each in version.readable()
        ],
        "notes": version.reading.get("notes", []),
    }


def _files(paths: Sequence[str]) -> Iterable[Path]:
    for each in map(Path, paths):
        if each.is_dir():
            yield from sorted(inner for inner in each.rglob("*") if inner.is_file() and not inner.name.startswith("."))
        elif each.is_file():
            yield each
        else:
            raise Invalid(f"There is no file “{each}”.")


def _listing(session: Session, person: Person, store: str, title: str, house: House) -> Listing:
    own = next((each for each in stores_of(session, person) if store in (each.name, each.slug)), None)
    own = own or open_store(session, person, store, now=house.now())
    for each in listings_of_seller(session, person):
        if each.store_id == own.id and slug_of(each.title) == slug_of(title):
            return each
    return draft_listing(session, person, own, title, now=house.now())


@contextmanager
def _bar() -> Generator[Progress]:
    """A spinner on stderr with the step at work."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("start")

        def tell(step: str, done: int = 0, total: int | None = None, note: str = "") -> None:
            bar.update(task, description=f"{step} {note}".strip(), completed=done, total=total)

        yield tell

"""Queries over a listing: who may, on which version, and how much was used."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from polidat.access import UseKind, may_read, record_use
from polidat.catalog import Listing, listing_by_slug, metered_run, price_of_run
from polidat.core import Conflict, Invalid, NotAllowed, micros_text
from polidat.db import Database
from polidat.lake import ReadableTable, current_version
from polidat.people import Person, SignInRequired, key_holds_of
from polidat.query.limits import QueryLimits
from polidat.query.pool import QueryPool
from polidat.query.results import QueryResult
from polidat.query.run import run_select

SAMPLE_ROWS_MAX = 100


class NotBought(NotAllowed):
    """The listing is for sale, and this person has not bought it."""

    def __init__(self, title: str) -> None:
        super().__init__(f"“{title}” is not in your library. Buy it first, then query it.")


class DownloadsRest(NotAllowed):
    """Somebody has to look first at how this person's keys, or downloads, were used."""

    def __init__(self) -> None:
        super().__init__("Your downloads rest until we have looked at how they were used. Write to the operator.")


def may_download(session: Session, viewer: Person) -> bool:
    """Return whether nothing lets the person's downloads rest; what rests are the keys, and downloads with them."""
    return not key_holds_of(session, viewer)


def note_download(database: Database, viewer: Person, slug: str, *, now: datetime) -> None:
    """Note that the viewer takes a result over this listing away as a file. Its rows were counted when it was made.

    Raises DownloadsRest, and what `my_tables` raises: who may not read any more takes nothing away.
    """
    with database.unit_of_work() as session:
        listing, _ = _listing_and_tables(session, viewer, slug)
        if not may_download(session, viewer):
            raise DownloadsRest
        told = {"scanned_rows": 0, "scanned_bytes": 0, "elapsed_ms": 0}
        record_use(session, viewer.id, listing.dataset_id, UseKind.DOWNLOAD, now=now, **told)


def my_tables(session: Session, viewer: Person | None, slug: str) -> tuple[ReadableTable, ...]:
    """Return the tables of a listing that the viewer may query.

    Raises NoSuchListing, SignInRequired, NotBought, Conflict while there is no data.
    """
    _, tables = _listing_and_tables(session, viewer, slug)
    return tables


def query_listing(
    database: Database,
    pool: QueryPool,
    viewer: Person | None,
    slug: str,
    sql: str,
    *,
    limits: QueryLimits,
    now: datetime,
) -> QueryResult:
    """Run one SELECT over what the viewer may use, note the use, and charge it where uses are paid.

    No transaction is open while it runs. Raises what `metered_run` and `run_select` raise.
    """
    with database.reading() as session:
        listing, tables = _listing_and_tables(session, viewer, slug)
        assert viewer is not None
        price = price_of_run(session, viewer, listing, UseKind.QUERY, now=now)
    scan_bytes_max = sum(each.bytes for each in tables)
    with metered_run(database, viewer, listing, UseKind.QUERY, price, scan_bytes_max=scan_bytes_max, now=now) as run:
        result = run_select(pool, tables, sql, limits=limits)
        run.scanned_rows, run.scanned_bytes = result.scanned_rows, result.scanned_bytes
        run.elapsed_ms = result.elapsed_ms
    return replace(result, cost_micros=run.cost_micros, cost_currency=run.currency)


def most_of_query(session: Session, viewer: Person, slug: str, *, now: datetime) -> str:
    """Return what a query of this listing can cost the viewer at most, for people; empty when it costs nothing."""
    listing, tables = _listing_and_tables(session, viewer, slug)
    price = price_of_run(session, viewer, listing, UseKind.QUERY, now=now)
    if price is None:
        return ""
    return micros_text(price.cost(sum(each.bytes for each in tables)), listing.currency)


def sample_listing(
    database: Database, pool: QueryPool, viewer: Person | None, slug: str, table: str, *, rows: int = 20
) -> QueryResult:
    """Return the first rows of one table of a listing: what everybody may see before they buy."""
    with database.reading() as session:
        listing = listing_by_slug(session, viewer, slug)
        version = current_version(session, listing.dataset_id)
    shown = [each for each in version.readable() if each.name == table] if version else []
    if not shown:
        raise Invalid(f"“{listing.title}” has no table called “{table[:60]}”.")
    from sqlglot import exp  # loaded by the first look

    named = exp.Table(this=exp.to_identifier(table, quoted=True))
    first_rows = exp.select("*").from_(named).limit(min(rows, SAMPLE_ROWS_MAX))
    return run_select(pool, shown, first_rows.sql("duckdb"), limits=QueryLimits())


def _listing_and_tables(
    session: Session, viewer: Person | None, slug: str
) -> tuple[Listing, tuple[ReadableTable, ...]]:
    listing = listing_by_slug(session, viewer, slug)
    if viewer is None:
        raise SignInRequired(f"query “{listing.title}”")
    if not may_read(session, viewer, listing.dataset_id):
        raise NotBought(listing.title)
    version = current_version(session, listing.dataset_id)
    if version is None:
        raise Conflict(f"“{listing.title}” has no data yet.")
    return listing, version.readable()

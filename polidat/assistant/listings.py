"""Ask a listing: who may, on which version, and how much was used."""

import time
from datetime import datetime
from typing import Any

from polidat.access import may_read, record_use
from polidat.assistant.answer import Answer
from polidat.assistant.ask import AskSource, ask
from polidat.catalog import listing_by_slug
from polidat.core import Conflict
from polidat.db import Database
from polidat.lake import current_version
from polidat.people import Person, SignInRequired
from polidat.query import NotBought, QueryLimits, QueryPool, run_select


def ask_listing(
    database: Database, pool: QueryPool, viewer: Person | None, slug: str, question: str, *, now: datetime
) -> Answer:
    """Answer a question from what the viewer may use, and note the use.

    Raises NoSuchListing, SignInRequired, NotBought, Conflict while there is no data, and what `ask` raises.
    """
    with database.reading() as session:
        listing = listing_by_slug(session, viewer, slug)
        if viewer is None:
            raise SignInRequired(f"ask “{listing.title}”")
        if not may_read(session, viewer, listing.dataset_id):
            raise NotBought(listing.title)
        version = current_version(session, listing.dataset_id)
        if version is None:
            raise Conflict(f"“{listing.title}” has no data yet.")
        tables = version.readable(hidden=True)
    shown = [each for each in tables if not each.hidden]
    scanned = {"rows": 0, "bytes": 0}

    def run(sql: str) -> Any:
        result = run_select(pool, shown, sql, limits=QueryLimits())
        scanned["rows"] += result.scanned_rows
        scanned["bytes"] += result.scanned_bytes
        return result.to_arrow()

    started = time.monotonic()
    answer = ask(question, AskSource(tables, run))
    elapsed_ms = round((time.monotonic() - started) * 1000)
    with database.unit_of_work() as session:
        record_use(
            session,
            viewer.id,
            listing.dataset_id,
            "ask",
            scanned_rows=scanned["rows"],
            scanned_bytes=scanned["bytes"],
            elapsed_ms=elapsed_ms,
            now=now,
        )
    return answer

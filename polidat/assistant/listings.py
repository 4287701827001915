"""Ask a listing: who may, on which version, and how much was used."""

import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from polidat.access import UseKind, may_read
from polidat.assistant.answer import Answer
from polidat.assistant.ask import AskSource, ask
from polidat.catalog import listing_by_slug, metered_run, price_of_run
from polidat.core import Conflict, micros_text
from polidat.db import Database
from polidat.lake import current_version
from polidat.people import Person, SignInRequired
from polidat.query import NotBought, QueryLimits, QueryPool, run_select


def ask_listing(
    database: Database, pool: QueryPool, viewer: Person | None, slug: str, question: str, *, now: datetime
) -> Answer:
    """Answer a question from what the viewer may use, note the use, and charge an answer where uses are paid.

    Raises NoSuchListing, SignInRequired, NotBought, Conflict while there is no data, and what `metered_run` and `ask`
    raise. A question that is declined costs nothing.
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
        price = price_of_run(session, viewer, listing, UseKind.ASK, now=now)
    shown = [each for each in tables if not each.hidden]
    with metered_run(database, viewer, listing, UseKind.ASK, price, scan_bytes_max=0, now=now) as run:

        def look(sql: str) -> Any:
            result = run_select(pool, shown, sql, limits=QueryLimits())
            run.scanned_rows += result.scanned_rows
            run.scanned_bytes += result.scanned_bytes
            return result.to_arrow()

        started = time.monotonic()
        answer = ask(question, AskSource(tables, look))
        run.elapsed_ms = (time.monotonic() - started) * 1000
        run.is_free = not answer.answered
    return replace(answer, cost=micros_text(run.cost_micros, run.currency) if run.cost_micros else "")

"""The books at the command line: check them, anchor them, take the journal away."""

# Rooms are imported by the command that needs them: all of them take seconds, and `--help` needs none.

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from polidat.cli.reconcile import add_reconcile, add_verify_export
from polidat.core import Invalid

if TYPE_CHECKING:
    from polidat.wiring import House

_Opens = Callable[[], AbstractContextManager["House"]]


def add_books(app: typer.Typer, open_house: _Opens) -> None:
    """Add the commands under `polidat ledger`."""
    books = typer.Typer(no_args_is_help=True, help=__doc__)
    for add in (_add_verify, _add_audit, _add_anchors, _add_journal, add_reconcile):
        add(books, open_house)
    add_verify_export(books)
    app.add_typer(books, name="ledger")


def _add_verify(books: typer.Typer, open_house: _Opens) -> None:
    @books.command()
    def verify(
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
        public_key: Annotated[str, typer.Option(help="A key that may have signed anchors, besides the own.")] = "",
    ) -> None:
        """Check chain, anchors with their signatures, and that the books balance. Exit code 1 when not."""
        from polidat.ledger import trial_balance
        from polidat.wiring import anchor_public_key, check_anchors, check_books, seal_books

        with open_house() as house:
            seal_books(house)
            found = check_books(house, public_key=public_key)
            anchors, is_signed, _ = check_anchors(house, public_key=public_key)
            key = anchor_public_key(house)
            with house.reading() as session:
                sums = trial_balance(session)
        off = sorted({each.currency for each in sums if sum(s.minor for s in sums if s.currency == each.currency)})
        told = {"sealed": found.sealed, "head": found.head, "problem": found.problem, "unbalanced": off}
        told |= {"anchors": anchors, "signed_anchors": is_signed, "public_key": key}
        if as_json:
            typer.echo(json.dumps(told))
        elif found.holds and not off:
            typer.echo(f"{found.sealed} transactions are as they were sealed, and every currency sums to zero.")
            typer.echo(f"{anchors} anchors, {is_signed} of them signed" + (f"; public key {key}." if key else "."))
        if not found.holds or off:
            typer.echo(found.problem or f"The books do not sum to zero in {', '.join(off)}.", err=True)
            raise typer.Exit(1)


def _add_anchors(books: typer.Typer, open_house: _Opens) -> None:
    @books.command()
    def anchor() -> None:
        """Write the head of the chain to the anchors' file now; it happens each night by itself."""
        from polidat.wiring import anchor_public_key, anchors_file, keep_anchor

        with open_house() as house:
            head = keep_anchor(house)
            key = anchor_public_key(house)
            typer.echo(f"{head.seq} transactions, head {head.hash}, kept in {anchors_file(house)}.")
            typer.echo(f"Signed; public key {key}." if key else "Not signed: set POLIDAT_ANCHOR_KEY.")

    @books.command("new-key")
    def new_key() -> None:
        """Make a key that signs anchors, and print it with its public key; nothing is stored."""
        from polidat.wiring import new_anchor_key

        private, public = new_anchor_key()
        typer.echo(f"POLIDAT_ANCHOR_KEY={private}")
        typer.echo(f"public key: {public}", err=True)


def _add_journal(books: typer.Typer, open_house: _Opens) -> None:
    @books.command()
    def journal(
        since: Annotated[str, typer.Option("--from", help="First day, such as 2026-01-01.")],
        until: Annotated[str, typer.Option("--to", help="Last day.")],
    ) -> None:
        """Print the journal of some days as CSV."""
        from polidat.ledger import journal_csv

        first, last = _day(since), _day(until)
        with open_house() as house, house.reading() as session:
            for line in journal_csv(session, since=first, until=last + timedelta(days=1)):
                sys.stdout.write(line)


def _day(text: str) -> datetime:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        if not 2000 <= day.year < 3000:
            raise ValueError
        return day
    except ValueError:
        raise Invalid(f"“{text}” is not a day. Write it like 2026-01-31.") from None


def _add_audit(books: typer.Typer, open_house: _Opens) -> None:
    @books.command()
    def audit(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
        """Check that the audit log is as it was sealed. Exit code 1 when not."""
        from polidat.wiring import check_audit, seal_books

        with open_house() as house:
            seal_books(house)
            found = check_audit(house)
        if as_json:
            typer.echo(json.dumps({"sealed": found.sealed, "head": found.head, "problem": found.problem}))
        elif found.holds:
            typer.echo(f"{found.sealed} entries of the audit log are as they were sealed.")
        if not found.holds:
            typer.echo(found.problem, err=True)
            raise typer.Exit(1)

"""Reconciliation and the files of a day at the command line."""

# Rooms are imported by the command that needs them: all of them take seconds, and `--help` needs none.

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from polidat.cli.opening import read_settings
from polidat.core import Invalid, decimal_text

if TYPE_CHECKING:
    from polidat.payments import OpenDifference
    from polidat.wiring import BooksReport, House

_Opens = Callable[[], AbstractContextManager["House"]]
_DAYS_MAX = 400
First = Annotated[str, typer.Option("--from", help="First day (UTC), such as 2026-01-01.")]
Last = Annotated[str, typer.Option("--to", help="Last day (UTC).")]


def add_reconcile(books: typer.Typer, open_house: _Opens) -> None:
    """Add `reconcile` and `export` to the commands of the books."""

    @books.command()
    def reconcile(
        since: First, until: Last, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
    ) -> None:
        """Compare the books with Stripe over these days and list what differs. Exit code 1 for any difference."""
        from polidat.payments import open_differences
        from polidat.wiring import reconcile_books

        first, last = days_between(since, until)
        with open_house() as house:
            window = {"since": _midnight(first), "until": _midnight(last) + timedelta(days=1)}
            found = reconcile_books(house, **window)
            with house.reading() as session:
                waiting = open_differences(session, now=house.now())
        told = _told(found, waiting)
        if as_json:
            typer.echo(json.dumps(told))
        else:
            _print(told)
        if not told["is_clean"]:
            raise typer.Exit(1)

    @books.command()
    def export(
        since: First, until: Last, into: Annotated[Path, typer.Option(help="Folder; made when it is not there.")]
    ) -> None:
        """Write the journal and the map of Stripe's movements for each of these days, with a manifest."""
        from polidat.wiring import export_day

        first, last = days_between(since, until)
        with open_house() as house:
            for number in range((last - first).days + 1):
                typer.echo(export_day(house, first + timedelta(days=number), into))


def add_verify_export(books: typer.Typer) -> None:
    """Add `verify-export`, which needs no marketplace: only the files and a public key."""

    @books.command("verify-export")
    def verify_export(
        manifest: Annotated[Path, typer.Argument(help="manifest-….json of the day, beside its other files.")],
        public_key: Annotated[str, typer.Option(help="A key that may have signed, besides the own.")] = "",
        anchors: Annotated[Path | None, typer.Option(help="The anchors' file; the home's own if it is there.")] = None,
    ) -> None:
        """Check a day's export: its files, its sums, its signature and its anchor. Exit code 1 when one is wrong."""
        from polidat.wiring import check_export, trusted_keys

        settings = read_settings()
        own = settings.home / "ledger-anchors.jsonl"
        kept = anchors or (own if own.exists() else None)
        found = check_export(manifest, trusted=trusted_keys(settings, public_key), anchors=kept)
        for each in found:
            typer.echo(f"{'ok  ' if each.holds else 'BAD '} {each.says}")
        if not all(each.holds for each in found):
            typer.echo("Not everything is right with this export.", err=True)
            raise typer.Exit(1)


def days_between(since: str, until: str) -> tuple[date, date]:
    """Return first and last day. Raises Invalid for what is no day, the wrong order, or too many."""
    first, last = (_day(each) for each in (since, until))
    if not 0 <= (last - first).days < _DAYS_MAX:
        raise Invalid(f"Choose up to {_DAYS_MAX} days, the first before the last.")
    return first, last


def _told(found: "BooksReport", waiting: "Sequence[OpenDifference]") -> dict[str, Any]:
    differences = [
        {
            "id": each.row.id,
            "category": each.row.category,
            "movement": each.row.bt_id,
            "transaction": each.row.txn_id,
            "about": each.row.about,
            "currency": each.row.currency,
            "at_stripe_minor": each.row.theirs_minor,
            "in_the_books_minor": each.row.ours_minor,
            "age_days": each.age_days,
            "owner": each.owner,
        }
        for each in waiting
    ]
    return {
        "is_clean": found.is_clean and not differences,
        "counts": dict(found.movements.counts),
        "faults": list(found.movements.faults),
        "difference_minor": {code: found.movements.difference(code).minor for code in found.movements.currencies},
        "open": differences,
    }


def _print(told: dict[str, Any]) -> None:
    for name, many in sorted(told["counts"].items()):
        typer.echo(f"{many:>8,} {name.replace('_', ' ')}")
    for fault in told["faults"]:
        typer.echo(f"The report itself is wrong: {fault}")
    for each in told["open"]:
        of = each["movement"] or each["about"] or f"transaction {each['transaction']}"
        code = each["currency"]
        theirs, ours = (
            decimal_text(each[side], code) or "nothing" for side in ("at_stripe_minor", "in_the_books_minor")
        )
        amounts = f"Stripe {theirs}, books {ours} {code.upper()}"
        typer.echo(f"{each['id']}: {each['category'].replace('_', ' ')} · {of} · {amounts} · {each['age_days']} days")
    if told["is_clean"]:
        typer.echo("Books and Stripe agree.")
    else:
        typer.echo(f"{len(told['open'])} differences are open.", err=True)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
        if not 2000 <= day.year < 3000:
            raise ValueError
        return day
    except ValueError:
        raise Invalid(f"“{text}” is not a day. Write it like 2026-01-31.") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

"""The commands, and how they end: 0 done, 1 refused or failed, 2 wrong use."""

# Rooms are imported by the command that needs them: all of them take seconds, and `--help` needs none.

import json
import os
import sys
from typing import Annotated, Any

import typer

from polidat.cli.books import add_books
from polidat.cli.opening import opened_house, read_settings
from polidat.core import PoliDatError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
AsEmail = Annotated[str | None, typer.Option("--as", help="Act as this person; default: the local operator.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run a command; what stops it is one sentence on stderr."""
    try:
        app()
    except PoliDatError as error:
        if os.environ.get("POLIDAT_DEBUG"):
            raise
        typer.echo(error.says, err=True)
        sys.exit(1)


add_books(app, opened_house)


@app.command()
def up() -> None:
    """Start the marketplace and print its address."""
    from polidat.cli.up import serve

    serve(read_settings())


@app.command()
def demo() -> None:
    """Load the demo marketplace."""
    from polidat.wiring import load_demo

    with opened_house(companions=True) as house:
        load_demo(house, lambda says: typer.echo(says, err=True))


@app.command()
def config() -> None:
    """Print every setting, secrets masked."""
    for name, value in read_settings().shown().items():
        typer.echo(f"{name} = {value}")


@app.command()
def doctor() -> None:
    """Check what the marketplace needs."""
    from polidat.cli.up import check_house

    with opened_house() as house:
        checks = check_house(house)
    for name, (is_fine, says) in checks.items():
        typer.echo(f"{'ok  ' if is_fine else 'BAD '} {name}: {says}")
    if not all(is_fine for is_fine, _ in checks.values()):
        raise typer.Exit(1)


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files, or folders of files, of one dataset.")],
    store: Annotated[str, typer.Option(help="Your store; opened when it is new.")],
    title: Annotated[str, typer.Option(help="Title of the dataset; known: a new version.")],
    kind: Annotated[str, typer.Option(help="Kind of data; chosen by its columns when empty.")] = "",
    price: Annotated[str | None, typer.Option(help="Price, such as 19.00; 0 is free.")] = None,
    currency: Annotated[str, typer.Option(help="Currency of the price.")] = "usd",
    publish: Annotated[bool, typer.Option("--publish", help="Publish it at once.")] = False,
    as_json: AsJson = False,
    email: AsEmail = None,
) -> None:
    """Read, check and commit files as a dataset, in this process."""
    from polidat.cli.ingest import ingest_paths

    with opened_house() as house:
        made = ingest_paths(
            house,
            paths,
            store=store,
            title=title,
            kind=kind,
            price=price,
            currency=currency,
            publish=publish,
            email=email,
        )
    if as_json:
        typer.echo(json.dumps(made))
        return
    for table in made["tables"]:
        typer.echo(f"{table['name']}: {table['rows']:,} rows, {len(table['columns'])} columns")
    typer.echo(f"{made['rejected_rows']:,} rows rejected.")
    typer.echo(f"Listing {made['listing']}, version {made['version']}, {made['state']}.")


@app.command()
def listings(as_json: AsJson = False) -> None:
    """List what is published."""
    from polidat.catalog import browse_listings

    with opened_house() as house, house.reading() as session:
        found = [
            {"slug": each.slug, "title": each.title, "store": each.store.slug, "price": str(each.price)}
            for each in browse_listings(session, limit=1000)
        ]
    if as_json:
        typer.echo(json.dumps(found))
        return
    for each in found:
        typer.echo(f"{each['slug']}  {each['price']}  {each['title']} ({each['store']})")


@app.command()
def query(
    listing: str,
    sql: str,
    email: AsEmail = None,
    output: Annotated[str, typer.Option("--format", help="table, csv, json or arrow.")] = "table",
) -> None:
    """Run one SELECT over a listing."""
    if output not in ("table", "csv", "json", "arrow"):
        raise typer.BadParameter("choose one of table, csv, json, arrow", param_hint="--format")
    from polidat.cli.local import acting_person
    from polidat.cli.show import shown_result
    from polidat.query import query_listing

    with opened_house() as house:
        person = acting_person(house, email)
        result = query_listing(
            house.database, house.query_pool, person, listing, sql, limits=house.query_limits, now=house.now()
        )
    sys.stdout.buffer.write(shown_result(result, output))
    if result.truncated:
        typer.echo("The result was cut at the limit.", err=True)


@app.command()
def ask(listing: str, question: str, email: AsEmail = None, as_json: AsJson = False) -> None:
    """Ask a listing in plain words."""
    from polidat.assistant import ask_listing
    from polidat.cli.local import acting_person

    with opened_house() as house:
        person = acting_person(house, email)
        answer = ask_listing(house.database, house.query_pool, person, listing, question, now=house.now())
    told: dict[str, Any] = answer.as_json()
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo(told["answer"])
    for line in (answer.sql, answer.why_not, *(f"{each.source}: “{each.quote}”" for each in answer.citations)):
        if line:
            typer.echo(f"  {line}")

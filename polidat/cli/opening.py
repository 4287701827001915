"""The house and its settings, opened by the commands that need them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from polidat.settings import Settings
    from polidat.wiring import House


def read_settings() -> "Settings":
    """Read the settings; where they do not fit, say why and end with 2."""
    from pydantic import ValidationError

    from polidat.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        typer.echo("The settings do not fit: " + "; ".join(each["msg"] for each in error.errors()), err=True)
        raise typer.Exit(2) from error


@contextmanager
def opened_house(*, companions: bool = False) -> Generator["House"]:
    """Open the house until the block ends; with `companions` the worker and the sandbox run, too."""
    from polidat.wiring import open_house

    house = open_house(read_settings(), companions=companions)
    try:
        yield house
    finally:
        house.close()

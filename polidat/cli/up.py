"""Serve the marketplace, and check what it needs."""

import platform
import shutil
from pathlib import Path

import typer
import uvicorn

from polidat.core import Invalid
from polidat.settings import Settings
from polidat.wiring import House, anchor_public_key, check_anchors, demo_people

_DISK_BYTES_MIN = 1 << 30


def serve(settings: Settings) -> None:
    """Run the app until Ctrl-C; everything it started stops with it."""
    settings.home.mkdir(parents=True, exist_ok=True)
    typer.echo(f"PoliDat: {settings.base_url}")
    if settings.demo:
        typer.echo("Sign in there as one of the demo people (test money, card 4242 4242 4242 4242):")
        for person in demo_people():
            typer.echo(f"  {person.role:9} {person.name} <{person.email}>")
    root = Path(__file__).parents[2]
    uvicorn.run(
        "app:app",
        app_dir=str(root),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


def check_house(house: House) -> dict[str, tuple[bool, str]]:
    """Return each check by name: whether it is fine, and what was seen."""
    with house.reading() as session:
        server = session.connection().dialect.server_version_info
    free = shutil.disk_usage(house.settings.home).free
    walls = house.query_pool.walls()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return {
        "Python": (True, platform.python_version()),
        "PostgreSQL": (server is not None, ".".join(str(each) for each in server or ())),
        "query workers": (True, ", ".join(f"{name} {'yes' if stands else 'no'}" for name, stands in walls.items())),
        "disk": (free > _DISK_BYTES_MIN, f"{free / 1e9:.1f} GB free"),
        "browser for tests": (True, browser or "none; make test installs or names one"),
        "anchors": _anchors(house),
        "Stripe": (True, "sandbox" if house.settings.uses_sandbox else "by key"),
    }


def _anchors(house: House) -> tuple[bool, str]:
    try:
        kept, signed, problem = check_anchors(house)
        key = anchor_public_key(house)
    except Invalid as error:
        return False, error.says
    signs = f"signs as {key}" if key else "no key: who can write database and file can forge both"
    return not problem, problem or f"{kept} kept, {signed} signed; {signs}"

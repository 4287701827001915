"""Rooms are entered by their door: `polidat.orders`, never `polidat.orders.models`."""

import grimp
import pytest

ROOMS = {
    "access",
    "assistant",
    "catalog",
    "core",
    "db",
    "events",
    "jobs",
    "lake",
    "ledger",
    "orders",
    "payments",
    "people",
}
ROOMS |= {"insights", "invoices", "paper", "query", "wiring"}


def room_of(module: str) -> str | None:
    """Return the room a module is in, or None for what is no room."""
    parts = module.split(".")
    return parts[1] if parts[0] == "polidat" and len(parts) > 1 and parts[1] in ROOMS else None


def by_door(graph: grimp.ImportGraph, importer: str, imported: str) -> bool:
    """A function may have the name of its file: what counts is that the line names the door."""
    door = ".".join(imported.split(".")[:2])
    lines = [each["line_contents"] for each in graph.get_import_details(importer=importer, imported=imported)]
    return bool(lines) and all(line.startswith(f"from {door} import") for line in lines)


def side_doors(graph: grimp.ImportGraph) -> list[str]:
    """Return every import that enters another room past its door."""
    found: list[str] = []
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            room = room_of(imported)
            if (
                room
                and room_of(importer) != room
                and imported != f"polidat.{room}"
                and not by_door(graph, importer, imported)
            ):
                found.append(f"{importer} enters {imported} past the door polidat.{room}")
    return found


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("polidat", "pipelines", "pages", cache_dir=None)


def test_nobody_uses_a_side_door(graph: grimp.ImportGraph):
    migrations = "polidat.db.migrations"

    assert [each for each in side_doors(graph) if not each.startswith(migrations)] == []


def test_a_planted_side_door_is_found(graph: grimp.ImportGraph):
    graph.add_import(importer="polidat.catalog.find", imported="polidat.people.models")

    assert "polidat.catalog.find enters polidat.people.models past the door polidat.people" in side_doors(graph)
    graph.remove_import(importer="polidat.catalog.find", imported="polidat.people.models")


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_the_door_opens_to_all_it_names(room: str):
    door = __import__(f"polidat.{room}", fromlist=["__all__"])

    assert all(hasattr(door, name) for name in door.__all__)

"""YAML by the safe loader, after its events were counted: size, depth, and what its aliases would grow to."""

from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import Damaged, EmptyFile, TooLarge
from pipelines.readers.encoding import decode_file, text_of
from pipelines.readers.json_text import tables_of
from pipelines.shapes import TypedTable
from polidat.jobs import Progress

YAML_BYTES_MAX = 32 << 20
DEPTH_MAX = 50
# Nodes after every alias is written out; a "billion laughs" file of ten lines would have a billion.
NODES_MAX = 5_000_000
NODES_TOLD = 50_000
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(source: Path, file: str, name: str, workdir: Path, progress: Progress) -> list[TypedTable]:
    """Return the tables in a YAML file. Raises Damaged with the line, EmptyFile, or TooLarge for a limit."""
    if source.stat().st_size > YAML_BYTES_MAX:
        raise TooLarge(file, "more YAML than we read", f"{YAML_BYTES_MAX >> 20} MB")
    decoded = decode_file(source, file, workdir, progress)
    text = text_of(decoded)
    try:
        _weigh(text, file, progress)
        documents = [each for each in yaml.load_all(text, Loader=_Loader) if each is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise Damaged(file, "YAML", f"{getattr(error, 'problem', None) or 'it breaks the rules'}{where}") from error
    except (ValueError, RecursionError, TypeError) as error:  # a date like 2024-13-45, a list used as a key
        raise Damaged(file, "YAML", str(error)) from error
    if not documents:
        raise EmptyFile(file)
    plan = {"format": "yaml", "encoding": decoded.encoding}
    value = documents[0] if len(documents) == 1 else documents
    return tables_of(value, file, name, workdir, plan, decoded.notes)


def _weigh(text: str, file: str, progress: Progress) -> None:
    """Count nodes with every alias at the full weight of its anchor. Raises TooLarge."""
    weights: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = told = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, total))
            total += 1
            if len(open_nodes) > DEPTH_MAX:
                raise TooLarge(file, "values nested too deeply", f"{DEPTH_MAX} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                weights[anchor] = total - before
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_nodes):
                raise Damaged(file, "YAML", "an alias stands inside of what it names")
            total += weights.get(event.anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                weights[event.anchor] = 1
        if total > NODES_MAX:
            raise TooLarge(file, "more values than we read, once its aliases are written out", f"{NODES_MAX:,}")
        if total - told > NODES_TOLD:
            told = total
            progress(f"Reading {file}", total)

"""Parquet files: read as they are, checked by reading all of them."""

from pathlib import Path

from pipelines.engine import literal
from pipelines.errors import Damaged, Encrypted
from pipelines.shapes import TypedTable

_MAGIC = b"PAR1"


def read_parquet(source: Path, file: str, name: str) -> TypedTable:
    """Return the table in a Parquet file. Raises Damaged or Encrypted."""
    with source.open("rb") as raw:
        head = raw.read(4)
        raw.seek(max(source.stat().st_size - 4, 0))
        tail = raw.read(4)
    if b"PARE" in (head, tail):
        raise Encrypted(file)
    if head != _MAGIC or tail != _MAGIC:
        raise Damaged(file, "Parquet", "its beginning or its end is missing")
    relation = f"read_parquet({literal(source)}, hive_partitioning=false)"
    return TypedTable(name, file, relation, plan={"format": "parquet"}, damaged_as="Parquet")

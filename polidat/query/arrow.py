"""Arrow IPC: cutting a stream at its limits, and turning it into files people open. The one file that uses pyarrow."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false
# (pyarrow ships no types)

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
ArrowError: type[Exception] = pa.ArrowException


class Counted(Protocol):
    """What is counted while a stream goes out."""

    rows: int
    bytes: int
    truncated: bool


def cut_stream(batches: Any, counted: Counted, *, rows_max: int, bytes_max: int) -> Iterator[bytes]:
    """The batches as pieces of one IPC stream that ends cleanly at the first limit it meets."""
    out = io.BytesIO()
    with pa.ipc.new_stream(out, batches.schema) as writer:
        yield _drain(out)
        for batch in batches:
            fits = min(batch.num_rows, rows_max - counted.rows)
            size = max(batch.nbytes, 1)
            if counted.bytes + size > bytes_max:
                fits = min(fits, batch.num_rows * max(bytes_max - counted.bytes, 0) // size)
            if fits > 0:
                writer.write_batch(batch.slice(0, fits))
                counted.rows += fits
                piece = _drain(out)
                counted.bytes += len(piece)
                yield piece
            if fits < batch.num_rows:
                counted.truncated = True
                break
    yield _drain(out)


def _drain(out: io.BytesIO) -> bytes:
    piece = out.getvalue()
    out.seek(0)
    out.truncate()
    return piece


def read_table(ipc: bytes) -> Any:
    """The pyarrow Table of a complete IPC stream."""
    with pa.ipc.open_stream(ipc) as reader:
        return reader.read_all()


def parquet_bytes(table: Any) -> bytes:
    """The table as a Parquet file. Columns of one name are numbered, since Parquet readers take names as unique."""
    out = io.BytesIO()
    pq.write_table(table.rename_columns(_unique(table.column_names)), out, compression="zstd")
    return out.getvalue()


def csv_bytes(table: Any, *, defuse: bool) -> bytes:
    """The table as CSV; nested values become JSON text, binary becomes hexadecimal digits."""
    columns = [_as_csv_text(column, defuse=defuse) for column in table.columns]
    names = [defuse_text(name) if defuse else name for name in table.column_names]
    out = io.BytesIO()
    pc.write_csv(pa.table(columns, names=names) if columns else table, out)
    return out.getvalue()


def defuse_text(text: str) -> str:
    """Text that a spreadsheet shows instead of running."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _as_csv_text(column: Any, *, defuse: bool) -> Any:
    kind = column.type
    if pa.types.is_nested(kind):
        column = _texts(column, lambda each: json.dumps(each, default=str))
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        column = _texts(column, bytes.hex)
    elif pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return column
    return _texts(column, defuse_text) if defuse else column


def _texts(column: Any, say: Callable[[Any], str]) -> Any:
    return pa.chunked_array(
        [pa.array([None if each is None else say(each) for each in column.to_pylist()], pa.string())]
    )


def _unique(names: list[str]) -> list[str]:
    seen: set[str] = set()
    unique: list[str] = []
    for name in names:
        candidate, number = name, 1
        while candidate in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        unique.append(candidate)
    return unique

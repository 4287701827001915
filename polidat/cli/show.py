"""A query's result as text or bytes."""

import io
import json

from rich.console import Console
from rich.table import Table

from polidat.query import QueryResult, as_csv

_TABLE_ROWS_MAX = 200


def shown_result(result: QueryResult, output: str) -> bytes:
    """Return the result as `table`, `csv`, `json` (a list of rows) or `arrow` (an IPC stream)."""
    if output == "arrow":
        return result.ipc
    if output == "csv":
        return bytes(as_csv(result, for_spreadsheets=False))
    if output == "json":
        return json.dumps(result.to_rows(), default=str).encode() + b"\n"
    table = Table(*(name for name, _ in result.columns))
    for row in result.to_rows()[:_TABLE_ROWS_MAX]:
        table.add_row(*("" if each is None else str(each) for each in row.values()))
    out = io.StringIO()
    Console(file=out, width=160).print(table)
    return out.getvalue().encode()

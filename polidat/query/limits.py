"""How much one query may take, and what a table looks like inside a worker. Values only."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class QueryLimits:
    """Limits of one query. Rows and bytes cut the result; time and memory stop the query."""

    time_s: float = 10.0
    memory_bytes: int = 1024 * MIB
    rows_max: int = 100_000
    bytes_max: int = 64 * MIB
    threads: int = 2

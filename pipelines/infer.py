"""Which type each column of text has, by counting what fits over the whole file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from pipelines.engine import literal, run
from pipelines.kinds import CODE, KINDS, NULL_WORDS, TEXT, Kind, swapped_style
from pipelines.shapes import TextTable
from polidat.jobs.progress import Progress

# A column has a type when at least this share of its values fits: in a hundred rows one slip of the keyboard is a fault of
# the row, more are a property of the column, and then the column is text. The same share bounds all rejects of a table.
FIT_SHARE_MIN = 0.99
# Values looked at, from the first rows, to leave out types that cannot be: a type must fit half of them. The verdict itself
# is on all rows.
SAMPLE_ROWS = 20_000
SAMPLE_VALUES = 300
SAMPLE_SHARE_MIN = 0.5
# Columns whose types are counted in one statement, so that wide tables stay within the memory limit.
COLUMNS_A_PASS = 60


@dataclass(frozen=True)
class ColumnPlan:
    """How one column is read: its kind, how many values do not fit, and whether other words mean "no value"."""

    kind: Kind
    values: int
    faults: int
    null_words: bool = False
    swapped: str = ""  # the other order of day and month that fits as well

    @property
    def value(self) -> str:
        """SQL for the value, `{x}` stands for the text."""
        return self.kind.value


@dataclass(frozen=True)
class _Count:
    values: int
    codes: int
    words: int
    fits: Mapping[str, int]


class Disagrees(Exception):  # a verdict between two functions of this package, never shown
    """DuckDB sees another number of rows than our reader proved."""


def infer_columns(engine: duckdb.DuckDBPyConnection, table: TextTable, progress: Progress) -> tuple[ColumnPlan, ...]:
    """Return a plan for each column of the table. Every row is read; nothing is taken from a sample on trust."""
    likely = _likely(engine, table, progress)
    plans: list[ColumnPlan] = []
    for start in range(0, len(likely), COLUMNS_A_PASS):
        part = dict(enumerate(likely[start : start + COLUMNS_A_PASS], start=start))
        # Nearly always the kind that fits the sample best fits everything: the others are counted only if it does not.
        counted = _count(engine, table, {column: _firsts(kinds) for column, kinds in part.items()}, progress)
        again = {column: kinds for column, kinds in part.items() if len(kinds) > 1 and not _is_whole(counted[column])}
        if again:
            counted |= _count(engine, table, again, progress)
        plans.extend(_choose(counted[column]) for column in part)
    return _bound_rejects(plans, table.rows)


def words_sql() -> str:
    """SQL list of the words for "no value"."""
    return "(" + ", ".join(literal(word) for word in NULL_WORDS) + ")"


def _likely(engine: duckdb.DuckDBPyConnection, table: TextTable, progress: Progress) -> list[tuple[Kind, ...]]:
    """Return the kinds each column may have by some of its values, the best fitting first. One tall table for all columns."""
    width = len(table.headers)
    numbers, cells = (", ".join(f"{prefix}{index}" for index in range(width)) for prefix in ("", "c"))
    tall = f"(SELECT unnest([{numbers}]) AS c, unnest([{cells}]) AS x FROM (SELECT * FROM {table.relation} LIMIT {SAMPLE_ROWS}))"  # noqa: S608
    known = f"SELECT c, x FROM {tall} WHERE trim(x) <> '' AND trim(x) NOT IN {words_sql()}"  # noqa: S608
    some = f"({known} QUALIFY row_number() OVER (PARTITION BY c) <= {SAMPLE_VALUES})"
    fits = ", ".join(f"count({kind.value.format(x='x')})" for kind in KINDS)
    rows = run(engine, f"SELECT c, count(*), {fits} FROM {some} GROUP BY c", progress, "Recognising types")  # noqa: S608
    found: dict[int, tuple[Kind, ...]] = {}
    for column, values, *counts in rows:
        order = sorted(range(len(KINDS)), key=lambda index: (-counts[index], index))
        found[column] = tuple(KINDS[index] for index in order if counts[index] >= values * SAMPLE_SHARE_MIN)
    unseen = KINDS if table.rows > SAMPLE_ROWS else ()
    return [found.get(column, unseen) for column in range(width)]


def _firsts(kinds: Sequence[Kind]) -> tuple[Kind, ...]:
    """The kind that fits best, and its rival with day and month changed over."""
    return tuple(kind for kind in kinds if kind is kinds[0] or kind.style == swapped_style(kinds[0].style))


def _is_whole(count: _Count) -> bool:
    return max(count.fits.values(), default=0) == count.values - count.words


def _count(
    engine: duckdb.DuckDBPyConnection, table: TextTable, kinds: Mapping[int, Sequence[Kind]], progress: Progress
) -> dict[int, _Count]:
    """Count over all rows what fits, and what the rest is: no value, a code with leading zeros, a word for "no value"."""
    values: list[str] = []
    counts: list[str] = []
    for column, candidates in kinds.items():
        x = f"c{column}"
        if not candidates:
            counts.append(f"count({x})")
            continue
        values.extend(f"{kind.value.format(x=x)} AS k{column}_{index}" for index, kind in enumerate(candidates))
        fits = " OR ".join(f"k{column}_{index} IS NOT NULL" for index in range(len(candidates)))
        # CASE looks at its later branches for the few rows only that need them; AND would do so for all.
        rest = (
            f"CASE WHEN {fits} THEN 0 WHEN {x} IS NULL OR trim({x}) = '' THEN 1 WHEN {CODE.format(x=x)} THEN 2"
            f" WHEN trim({x}) IN {words_sql()} THEN 3 ELSE 4 END"
        )
        counts.append(f"count_if(r{column} <> 1), count_if(r{column} = 2), count_if(r{column} = 3)")
        counts.extend(f"count(k{column}_{index})" for index in range(len(candidates)))
        values.append(f"{rest} AS r{column}")
    texts = [f"c{column}" for column, candidates in kinds.items() if not candidates]
    inner = f"(SELECT {', '.join([*values, *texts])} FROM {table.relation})"  # noqa: S608 - names and numbers are ours
    sql = f"SELECT count(*), {', '.join(counts)} FROM {inner}"  # noqa: S608 - see above
    row = iter(run(engine, sql, progress, "Recognising types", total=table.rows)[0])
    if next(row) != table.rows:
        raise Disagrees
    result: dict[int, _Count] = {}
    for column, candidates in kinds.items():
        present, codes, words = (next(row), next(row), next(row)) if candidates else (next(row), 0, 0)
        result[column] = _Count(present, codes, words, {kind.name: next(row) for kind in candidates})
    return result


def _choose(count: _Count) -> ColumnPlan:
    known = count.values - count.words
    text = ColumnPlan(TEXT, count.values, 0)
    if known <= 0 or count.codes or not count.fits:
        return text
    order = {kind.name: index for index, kind in enumerate(KINDS)}
    by_name = {kind.name: kind for kind in KINDS}
    best = max(count.fits, key=lambda name: (count.fits[name], -order[name]))
    kind, fits = by_name[best], count.fits[best]
    if fits < known * FIT_SHARE_MIN or (kind.whole_only and fits < count.values):
        return text
    swapped = swapped_style(kind.style) or ""
    rivals = [name for name in count.fits if by_name[name].style == swapped and swapped]
    is_ambiguous = any(count.fits[name] == fits for name in rivals)
    return ColumnPlan(kind, count.values, known - fits, count.words > 0, swapped if is_ambiguous else "")


def _bound_rejects(plans: Sequence[ColumnPlan], rows: int) -> tuple[ColumnPlan, ...]:
    """Make the worst columns text until all faults together stay within the share one column may have."""
    result = list(plans)
    while sum(plan.faults for plan in result) > rows * (1 - FIT_SHARE_MIN):
        worst = max(range(len(result)), key=lambda index: result[index].faults)
        result[worst] = ColumnPlan(TEXT, result[worst].values, 0)
    return tuple(result)

"""Which type each column of text has, by counting what fits over the whole file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from pipelines.engine import literal, run
from pipelines.kinds import CODE, KINDS, NULL_WORDS, TEXT, Kind, swapped_style
from pipelines.shapes import Disagrees, TextTable
from polidat.jobs import Progress

# A column has a type when at least this share of its values fits: in a hundred rows one slip of the keyboard is a
# fault of the row, more are a property of the column, and then the column is text. The same share bounds all rejects
# of a table.
FIT_SHARE_MIN = 0.99
# Values looked at, from the first rows, to leave out types that cannot be: a type must fit half of them. The verdict
# itself is on all rows.
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
        is_proved = not self.faults and not self.null_words
        return (self.kind.proved if is_proved else "") or self.kind.value


@dataclass(frozen=True)
class _Count:
    values: int
    codes: int
    words: int
    fits: Mapping[str, int]


def guess_columns(
    engine: duckdb.DuckDBPyConnection, table: TextTable, progress: Progress
) -> tuple[ColumnPlan, ...] | None:
    """Return plans for a first try, in which a value that does not fit must stop the cast; None if a guess is no use.

    Columns whose values in the sample all fit one kind are guessed to be of it. The others are counted over all rows.
    """
    likely, are_whole, have_words = _likely(engine, table, progress)
    open_columns = {
        column: kinds
        for column, kinds in enumerate(likely)
        if len(_firsts(kinds)) > 1 or (kinds and not are_whole[column])
    }
    if len(open_columns) > len(likely) / 2:
        return None
    counted = {column: _choose(count) for column, count in _counted(engine, table, open_columns, progress).items()}
    if any(plan.faults for plan in counted.values()):
        return None
    return tuple(
        counted.get(column) or ColumnPlan(kinds[0] if kinds else TEXT, 1, 0, have_words[column])
        for column, kinds in enumerate(likely)
    )


def infer_columns(engine: duckdb.DuckDBPyConnection, table: TextTable, progress: Progress) -> tuple[ColumnPlan, ...]:
    """Return a plan for each column of the table. Every row is read; nothing is taken from a sample on trust.

    Raises Disagrees where DuckDB sees another number of rows.
    """
    likely, _, _ = _likely(engine, table, progress)
    counted = _counted(engine, table, dict(enumerate(likely)), progress)
    return _bound_rejects([_choose(counted[column]) for column in range(len(likely))], table.rows)


def _counted(
    engine: duckdb.DuckDBPyConnection, table: TextTable, kinds: Mapping[int, tuple[Kind, ...]], progress: Progress
) -> dict[int, _Count]:
    counted: dict[int, _Count] = {}
    columns = list(kinds)
    for start in range(0, len(columns), COLUMNS_A_PASS):
        part = {column: kinds[column] for column in columns[start : start + COLUMNS_A_PASS]}
        # Nearly always the kind that fits the sample best fits everything: the others are counted only if it does not.
        counted |= _count(engine, table, {column: _firsts(some) for column, some in part.items()}, progress)
        again = {column: some for column, some in part.items() if len(some) > 1 and not _is_settled(counted[column])}
        if again:
            counted |= _count(engine, table, again, progress)
    return counted


def words_sql() -> str:
    """SQL list of the words for "no value"."""
    return "(" + ", ".join(literal(word) for word in NULL_WORDS) + ")"


def _likely(
    engine: duckdb.DuckDBPyConnection, table: TextTable, progress: Progress
) -> tuple[list[tuple[Kind, ...]], list[bool], list[bool]]:
    """Look at some values of each column, in one tall table for all columns.

    Returns the kinds a column may have, the best fitting first; whether that one fits all that was seen; and whether
    words for "no value" were among it.
    """
    width = len(table.headers)
    numbers, cells = (", ".join(f"{prefix}{index}" for index in range(width)) for prefix in ("", "c"))
    first = f"(SELECT * FROM {table.relation} LIMIT {SAMPLE_ROWS})"  # noqa: S608 - SQL of ours
    tall = f"(SELECT unnest([{numbers}]) AS c, unnest([{cells}]) AS x FROM {first})"  # noqa: S608 - names and paths are quoted
    known = f"SELECT c, x, trim(x) IN {words_sql()} AS is_word FROM {tall} WHERE trim(x) <> ''"  # noqa: S608 - names and paths are quoted
    some = f"({known} QUALIFY row_number() OVER (PARTITION BY c, is_word) <= {SAMPLE_VALUES})"
    fits = ", ".join(f"count({kind.value.format(x='x')})" for kind in KINDS)
    sql = f"SELECT c, count(*), count_if(is_word), count_if({CODE.format(x='x')}), {fits} FROM {some} GROUP BY c"  # noqa: S608 - names and paths are quoted
    found: dict[int, tuple[tuple[Kind, ...], bool, bool]] = {}
    for column, values, words, codes, *counts in run(engine, sql, progress, "Recognising types"):
        seen = values - words
        order = sorted(range(len(KINDS)), key=lambda index: (-counts[index], index))
        kinds = tuple(KINDS[index] for index in order if counts[index] >= seen * SAMPLE_SHARE_MIN and not codes)
        found[column] = (kinds, bool(kinds) and seen > 0 and max(counts) == seen, words > 0)
    unseen = (KINDS if table.rows > SAMPLE_ROWS else (), False, False)
    verdicts = [found.get(column, unseen) for column in range(width)]
    return [each[0] for each in verdicts], [each[1] for each in verdicts], [each[2] for each in verdicts]


def _firsts(kinds: Sequence[Kind]) -> tuple[Kind, ...]:
    """The kind that fits best, and its rival with day and month changed over."""
    return tuple(kind for kind in kinds if kind is kinds[0] or kind.style == swapped_style(kinds[0].style))


def _is_settled(count: _Count) -> bool:
    return count.codes > 0 or max(count.fits.values(), default=0) == count.values - count.words


def _count(
    engine: duckdb.DuckDBPyConnection, table: TextTable, kinds: Mapping[int, Sequence[Kind]], progress: Progress
) -> dict[int, _Count]:
    """Count over all rows what fits, and what the rest is.

    No value, a code with leading zeros, a word for "no value".
    """
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

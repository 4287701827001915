"""A question about one table as SQL, if every important word of it is understood."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from polidat.assistant.words import FILLERS, SYNONYMS, parts_of, stem, words_of
from polidat.lake import Column, ReadableTable

ROWS_MAX = 50
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_NEGATIONS = frozenset({"not", "no", "without", "except", "excluding", "never", "neither", "isn't", "aren't", "didn't"})
_MEASURES = {
    "average": "avg", "mean": "avg", "total": "sum", "sum": "sum", "median": "median", "minimum": "min", "min": "min",
    "lowest": "min", "maximum": "max", "max": "max", "highest": "max",
}  # fmt: skip
_SHOWN = {"avg": "average", "sum": "total", "median": "median", "min": "lowest", "max": "highest", "count": "number"}

_YEARS: Sequence[tuple[str, type[exp.Expr], str]] = (
    (r"\bbetween (\d{4}) and (\d{4})\b", exp.Between, "from {} to {}"),
    (r"\bafter (\d{4})\b", exp.GT, "after {}"),
    (r"\bsince (\d{4})\b", exp.GTE, "since {}"),
    (r"\bbefore (\d{4})\b", exp.LT, "before {}"),
    (r"\b(?:in|of|for|during) ((?:19|20)\d{2})\b", exp.EQ, "in {}"),
)

# Finds where a value of the question stands in the data: the columns, and the value as it is written there.
FindValue = Callable[[str], Sequence[tuple[str, str]]]


@dataclass
class Reading:
    """One way to understand a question, with what is left of it."""

    table: ReadableTable
    measure: str = "count"
    of: Column | None = None
    distinct: bool = False
    group: Column | None = None
    top: int | None = None
    ascending: bool = False
    conditions: list[exp.Expr] = field(default_factory=list[exp.Expr])
    told: list[str] = field(default_factory=list[str])
    unexplained: list[str] = field(default_factory=list[str])

    def sql(self) -> str:
        """Return the one SELECT this reading stands for."""
        value = self._value().as_("rows" if self.measure == "count" and not self.distinct else self.label)
        named = exp.to_table(self.table.name)
        named.this.set("quoted", True)
        if self.group is None:
            selected = exp.select(value).from_(named)
        else:
            key = exp.column(self.group.name, quoted=True)
            order = exp.Ordered(this=exp.Literal.number(2), desc=not self.ascending, nulls_first=False)
            selected = exp.select(key, value).from_(named).group_by(key.copy()).order_by(order)
            selected = selected.order_by(key.copy()).limit(self.top or ROWS_MAX)
        for each in self.conditions:
            selected = selected.where(each)
        return selected.sql("duckdb")

    @property
    def label(self) -> str:
        """The name of the result's column."""
        return f"{_SHOWN[self.measure]}_{self.of.name}" if self.of else "rows"

    def _value(self) -> exp.Expr:
        if self.of is None:
            return exp.Count(this=exp.Star())
        column: exp.Expr = exp.column(self.of.name, quoted=True)
        if self.distinct:
            return exp.Count(this=exp.Distinct(expressions=[column]))
        return exp.func(self.measure, column)


def read_question(question: str, table: ReadableTable, find_value: FindValue) -> Reading | str:
    """Return the reading of the question over this table, or the sentence why there is none."""
    words = words_of(question)
    if negated := _NEGATIONS & set(words):
        return f"It asks for what is “{sorted(negated)[0]}” so; I cannot leave rows out by a negation."
    reading = Reading(table)
    left = _take_quoted(question, reading, find_value)
    left = _take_years(left, reading)
    left = _take_limits(left, reading)
    left = _take_group(left, reading)
    left = _take_measure(left, reading)
    left = _take_values(left, reading, find_value)
    reading.unexplained = [each for each in words_of(left) if each not in FILLERS and not _names_table(each, table)]
    if reading.unexplained:
        return f"I could not place “{' '.join(reading.unexplained[:4])}” in this data."
    if reading.measure != "count" and reading.of is None:
        return "I could not tell which column to compute with."
    if reading.top and reading.group is None:
        return "I could not tell what to rank."
    return reading


def is_number(column: Column) -> bool:
    """Whether one can compute with the column."""
    return column.type.upper().startswith(_NUMBERS)


def _take_quoted(question: str, reading: Reading, find_value: FindValue) -> str:
    for quoted in re.findall(r"[\"“]([^\"”]{1,80})[\"”]", question):
        if _add_value(quoted, reading, find_value):
            question = re.sub(r"[\"“]" + re.escape(quoted) + r"[\"”]", " ", question)
    return question


def _take_years(text: str, reading: Reading) -> str:
    column = _time_column(reading.table)
    if column is None:
        return text
    key: exp.Expr = exp.column(column.name, quoted=True)
    if not is_number(column):
        key = exp.func("year", key)
    for pattern, compare, told in _YEARS:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            years = [exp.Literal.number(each) for each in found.groups()]
            if len(years) == 2:
                reading.conditions.append(exp.Between(this=key, low=years[0], high=years[1]))
            else:
                reading.conditions.append(compare(this=key, expression=years[0]))
            reading.told.append(told.format(*found.groups()) + f" (by {column.name})")
            text = text[: found.start()] + " " + text[found.end() :]
    return text


def _take_limits(text: str, reading: Reading) -> str:
    found = re.search(r"\b(top|bottom|first)\s+(\d{1,3})\b", text, re.IGNORECASE)
    if found:
        reading.top = max(1, min(int(found[2]), ROWS_MAX))
        reading.ascending = found[1].lower() == "bottom"
        rest = text[: found.start()] + " " + text[found.end() :]
        ranked = re.match(r"\s*([a-zA-Z_ ]+?)\s+(?:by|with|for)\b", text[found.end() :])
        column = _column_of(ranked[1], reading.table) if ranked else None
        if column is not None and ranked is not None:
            reading.group = column
            rest = text[: found.start()] + " " + text[found.end() + len(ranked[0]) :]
        return rest
    found = re.search(
        r"^\s*(?:which|what) ([a-zA-Z_ ]+?) (?:has|had|have|got|took|did) the (most|highest|fewest|least|lowest)\b",
        text,
        re.I,
    )
    column = _column_of(found[1], reading.table) if found else None
    if found and column is not None:
        reading.group, reading.top = column, 1
        reading.ascending = found[2].lower() in ("fewest", "least", "lowest")
        return " sum " + text[found.end() :]
    return text


def _take_group(text: str, reading: Reading) -> str:
    for found in re.finditer(
        r"\b(?:by|per|for each|for every|in each|across)\s+([a-zA-Z_]+(?:\s[a-zA-Z_]+)?)", text, re.I
    ):
        for words in (found[1], found[1].split()[0]):
            column = _column_of(words, reading.table)
            if column is not None and reading.group is None:
                reading.group = column
                return (
                    text[: found.start()]
                    + " "
                    + text[found.start() :].replace(found[0], found[0][len(found[0]) - len(found[1]) + len(words) :], 1)
                )
    return text


def _take_measure(text: str, reading: Reading) -> str:
    words = words_of(text)
    if {"different", "distinct", "unique"} & set(words):
        column, used = _first_column(words, reading.table, numbers_only=False)
        if column is not None:
            reading.of, reading.distinct = column, True
            return " ".join(each for each in words if each not in used)
    asked = next((_MEASURES[each] for each in words if each in _MEASURES), None)
    if asked is None or {"number", "count"} & set(words):
        return text
    column, used = _first_column(words, reading.table, numbers_only=True)
    if column is None:
        if asked == "sum":  # "which pollster has the most polls" counts
            return text
        reading.measure = asked
        return text
    reading.measure, reading.of = asked, column
    return " ".join(each for each in words if each not in used)


def _take_values(text: str, reading: Reading, find_value: FindValue) -> str:
    """Look for the longest runs of words that stand in the data as a value."""
    words = words_of(text)
    place = 0
    left: list[str] = []
    while place < len(words):
        for length in (4, 3, 2, 1):
            run = words[place : place + length]
            plain = all(each in FILLERS or _names_table(each, reading.table) for each in run)
            if (
                len(run) == length
                and not plain
                and run[0] not in FILLERS
                and _add_value(" ".join(run), reading, find_value)
            ):
                place += length
                break
        else:
            left.append(words[place])
            place += 1
    return " ".join(left)


def _add_value(text: str, reading: Reading, find_value: FindValue) -> bool:
    found = find_value(text)
    if len({column for column, _ in found}) != 1:
        return False
    column, value = found[0]
    reading.conditions.append(exp.EQ(this=exp.column(column, quoted=True), expression=exp.Literal.string(value)))
    reading.told.append(f"where {column} is “{value}”")
    return True


def _names_table(word: str, table: ReadableTable) -> bool:
    return stem(word) in parts_of(table.name) or (stem(word) == "poll" and "poll_id" in {c.name for c in table.columns})


def _first_column(words: Sequence[str], table: ReadableTable, *, numbers_only: bool) -> tuple[Column | None, set[str]]:
    plain = [each for each in words if each not in FILLERS]
    for length in (3, 2, 1):
        for start in range(len(plain) - length + 1):
            run = plain[start : start + length]
            column = _column_of(" ".join(run), table)
            if column is not None and (is_number(column) or not numbers_only):
                return column, set(run)
    return None, set()


def _column_of(text: str, table: ReadableTable) -> Column | None:
    """Return the one column these words name: wholly, by a synonym, or as the only one with them in its name."""
    words = [stem(each) for each in words_of(text) if each not in {"the", "a", "of"}]
    if not words:
        return None
    wanted = [SYNONYMS.get(each, each) for each in words]
    by_name: Mapping[str, Column] = {column.name.lower(): column for column in table.columns}
    for name in ("_".join(wanted), "_".join(words)):
        if name in by_name:
            return by_name[name]
    whole = [column for column in table.columns if parts_of(column.name) == words]
    if len(whole) == 1:
        return whole[0]
    holding = [column for column in table.columns if set(words) <= set(parts_of(column.name))]
    named = [column for column in holding if parts_of(column.name)[-1] == "name"]
    if len(named) == 1:
        return named[0]
    return holding[0] if len(holding) == 1 else None


def _time_column(table: ReadableTable) -> Column | None:
    years = [column for column in table.columns if column.name.lower() == "year" and is_number(column)]
    dates = [column for column in table.columns if column.type.upper().startswith(("DATE", "TIMESTAMP"))]
    return years[0] if years else dates[0] if len(dates) == 1 else None

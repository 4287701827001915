"""Ask one version of a dataset: its tables first, then its passages, else say that there is no answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from polidat.assistant.answer import Answer
from polidat.assistant.grammar import Reading, read_question
from polidat.assistant.passages import CHUNKS, find_passages, quote_from
from polidat.core import Invalid
from polidat.lake import ReadableTable

QUESTION_CHARS_MAX = 1000
_VALUE_COLUMNS_MAX = 40


class QuestionTooLong(Invalid):
    """More text than a question has."""

    def __init__(self) -> None:
        super().__init__(f"A question may have {QUESTION_CHARS_MAX} characters. Ask for one thing at a time.")


@dataclass(frozen=True)
class AskSource:
    """What may be asked: the tables of one version, hidden ones too, and how a SELECT over them is run."""

    tables: Sequence[ReadableTable]
    run: Callable[[str], Any]  # SQL to an Arrow table, in the isolated worker


def ask(question: str, source: AskSource) -> Answer:
    """Answer from a table when every important word is understood, from passages when some fit, else decline.

    Raises QuestionTooLong, Invalid for an empty question, and what running the SQL raises.
    """
    asked = " ".join(question.split())
    if not asked:
        raise Invalid("Ask something, for example: how many rows are there?")
    if len(asked) > QUESTION_CHARS_MAX:
        raise QuestionTooLong
    shown = [each for each in source.tables if not each.hidden and each.name != CHUNKS]
    named = [each for each in shown if each.name in asked.lower()] or shown
    about = {each.name: asked.lower().replace(each.name, " ") if len(named) < len(shown) else asked for each in named}
    readings = [read_question(about[each.name], each, _finder(source, each)) for each in named]
    understood = [each for each in readings if isinstance(each, Reading)]
    if len(understood) == 1 or (understood and len({each.sql() for each in understood}) == 1):
        return _from_table(asked, understood[0], source)
    passages = find_passages(asked, source.tables)
    if passages:
        quotes = quote_from(asked, passages)
        said = "\n\n".join(f"“{each.quote}” ({each.source})" for each in quotes)
        return Answer(asked, said, answered=True, how="passages", citations=tuple(quotes))
    return _declined(asked, shown, readings)


def _from_table(asked: str, reading: Reading, source: AskSource) -> Answer:
    sql = reading.sql()
    result = source.run(sql)
    rows: list[dict[str, Any]] = result.to_pylist()
    about = "; ".join(reading.told)
    scope = f" Rows {about}." if about else ""
    nulls = " Empty values are left out." if reading.of else ""
    if reading.group is None:
        value = next(iter(rows[0].values())) if rows else None
        what = reading.label.replace("_", " ") if reading.of or reading.distinct else "rows"
        if reading.distinct and reading.of:
            what = f"different values of {reading.of.name}"
        text = f"{_shown(value)} {what}." if what == "rows" or reading.distinct else f"The {what} is {_shown(value)}."
    else:
        first = rows[0] if rows else {}
        lead = ", ".join(f"{name} {_shown(value)}" for name, value in first.items())
        text = f"By {reading.group.name}, {len(rows)} shown; first: {lead}." if rows else "No row fits."
    text += f"{scope}{nulls} Computed from the table {reading.table.name} ({reading.table.rows:,} rows)."
    return Answer(
        asked, text, answered=True, how="table", sql=sql, columns=tuple(result.column_names), rows=tuple(rows)
    )


def _finder(source: AskSource, table: ReadableTable) -> Callable[[str], Sequence[tuple[str, str]]]:
    """Return how a value is looked up: once for each text of the question, in all text columns by one query."""
    texts = [each.name for each in table.columns if each.type.upper() == "VARCHAR"][:_VALUE_COLUMNS_MAX]

    def find(text: str) -> Sequence[tuple[str, str]]:
        if not texts or not text.strip():
            return ()
        named = exp.to_table(table.name)
        named.this.set("quoted", True)
        wanted = exp.Literal.string(text.lower())
        looked = [
            exp.select(exp.Literal.string(name).as_("c"), exp.cast(exp.column(name, quoted=True), "VARCHAR").as_("v"))
            .from_(named.copy())
            .where(exp.EQ(this=exp.func("lower", exp.column(name, quoted=True)), expression=wanted.copy()))
            .limit(1)
            .subquery()
            for name in texts
        ]
        union = " UNION ALL ".join(f"SELECT * FROM {each.sql('duckdb')}" for each in looked)  # noqa: S608  built above
        return [(each["c"], each["v"]) for each in source.run(union).to_pylist()]

    return find


def _declined(asked: str, tables: Sequence[ReadableTable], readings: Sequence[Reading | str]) -> Answer:
    reasons = [each for each in readings if isinstance(each, str)]
    why = reasons[0] if reasons else "Nothing in this dataset fits the question."
    if sum(isinstance(each, Reading) for each in readings) > 1:
        why = (
            "Several tables could answer this: name the one you mean, " + ", ".join(each.name for each in tables) + "."
        )
    suggestions = tuple(_suggest(each) for each in tables[:3])
    return Answer(
        asked,
        "I cannot answer this from this dataset.",
        answered=False,
        how="declined",
        why_not=why,
        suggestions=suggestions,
    )


def _suggest(table: ReadableTable) -> str:
    text = next((each.name for each in table.columns if each.type.upper() == "VARCHAR"), None)
    return f"How many rows per {text} are in {table.name}?" if text else f"How many rows are in {table.name}?"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)

"""The types a column of text may turn out to have.

Each is one SQL expression that gives the value, or NULL if the text does not fit.

The same expression counts the fits over the whole file and makes the values, so the proof and the cast cannot differ.
"""

from dataclasses import dataclass

# Words that mean "no value" when everything else in the column is of one type. In columns of text they stay text.
NULL_WORDS = (
    "NA",
    "N/A",
    "#N/A",
    "n/a",
    "na",
    "NaN",
    "nan",
    "NULL",
    "null",
    "Null",
    "None",
    "\\N",
    "-",
    "--",
    ".",
    "..",
    "*",
)
# Digits a float holds exactly: longer numbers are identifiers, and rounding them would make two of them one.
EXACT_DIGITS = 15


@dataclass(frozen=True)
class Kind:
    """One way to read text. `value` is SQL with `{x}` for the text; `style` goes to the reading plan."""

    name: str
    type: str
    value: str
    says: str
    style: str = ""
    whole_only: bool = False  # one misfit and the column is text
    proved: str = ""  # cheaper SQL for the same value, once every text of the column is known to fit


def _first(narrow: str, wide: str) -> str:
    return f"COALESCE({narrow}, {wide})"


def _number(pattern: str, cleaned: str) -> str:
    pattern = pattern.replace("{", "{{").replace("}", "}}")  # the braces of a regular expression, not of a format
    fits = f"regexp_full_match({{x}}, '{pattern}')"
    exact = f"length(regexp_replace({cleaned}, '[eE].*$|[^0-9]', '', 'g')) <= {EXACT_DIGITS + 2}"
    return f"CASE WHEN {fits} AND {exact} THEN TRY_CAST({cleaned} AS DOUBLE) END"


def _when(type_name: str, style: str, name: str, shape: str) -> Kind:
    shape = shape.replace("{", "{{").replace("}", "}}")
    # The shape keeps strptime honest: it would read 02/01/14 as the year 14 with %Y.
    parsed = f"TRY_STRPTIME(trim({{x}}), '{style}')"
    value = f"CASE WHEN regexp_full_match(trim({{x}}), '{shape}') THEN {parsed}::{type_name} END"
    what = "date" if type_name == "DATE" else "date and time"
    return Kind(name, type_name, value, f"is not a {what} like the others ({style})", style)


_PLAIN = r"(0|[1-9][0-9]*)"
_SIGN = r"\s*[+-]?\s*"
_TAIL = r"([eE][+-]?[0-9]{1,3})?\s*"
_MONEY = r"\s*[+-]?[$€£]?\s*[+-]?"
_SQUEEZED = "translate({x}, '$€£ ', '')"

BOOLEAN = Kind(
    "boolean",
    "BOOLEAN",
    "CASE WHEN length({x}) IN (4, 5) THEN CASE lower({x}) WHEN 'true' THEN true WHEN 'false' THEN false END END",
    "is not true or false",
    proved="TRY_CAST({x} AS BOOLEAN)",
)
YES_NO = Kind(
    "yes_no",
    "BOOLEAN",
    "CASE WHEN length({x}) IN (2, 3) THEN CASE lower({x}) WHEN 'yes' THEN true WHEN 'no' THEN false END END",
    "is not yes or no",
    "yes/no",
    whole_only=True,
)
# The round trip to text is exact and cheap: what comes back equal had no leading zero, sign, fraction or underscore.
INTEGER = Kind(
    "integer",
    "BIGINT",
    "CASE WHEN CAST(TRY_CAST({x} AS BIGINT) AS VARCHAR) = {x} THEN TRY_CAST({x} AS BIGINT)"
    f" WHEN regexp_full_match({{x}}, '\\s*[+-]?{_PLAIN}\\s*') THEN TRY_CAST(trim({{x}}) AS BIGINT) END",
    "is not a whole number",
    proved="TRY_CAST({x} AS BIGINT)",
)
# Short text that begins with 1 to 9 cannot be a code with leading zeros; everything else is looked at closely.
NUMBER = Kind(
    "number",
    "DOUBLE",
    "CASE WHEN ascii({x}) BETWEEN 49 AND 57 AND length({x}) <= 15 AND NOT contains({x}, '_')"
    " THEN TRY_CAST({x} AS DOUBLE)"
    f" WHEN regexp_full_match({{x}}, '{_SIGN}({_PLAIN}(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?\\s*')"
    f" AND NOT regexp_full_match({{x}}, '{_SIGN}[0-9]{{{{16,}}}}\\s*')"
    " THEN TRY_CAST(replace({x}, ' ', '') AS DOUBLE) END",
    "is not a number",
    proved="TRY_CAST(replace({x}, ' ', '') AS DOUBLE)",
)
# The wider kinds ask the narrower ones first: a regular expression costs ten times a cast.
GROUPED = Kind(
    "number_grouped",
    "DOUBLE",
    _first(
        NUMBER.value,
        _number(
            _MONEY + r"([1-9][0-9]{0,2}(,[0-9]{3})+|" + _PLAIN + r")(\.[0-9]*)?\s*", f"replace({_SQUEEZED}, ',', '')"
        ),
    ),
    "is not a number",
    "1,234.5",
)
GROUPED_INTEGER = Kind(
    "integer_grouped",
    "BIGINT",
    _first(
        INTEGER.value,
        "CASE WHEN regexp_full_match({x}, '\\s*[+-]?[1-9][0-9]{{0,2}}(,[0-9]{{3}})+\\s*')"
        " THEN TRY_CAST(replace(trim({x}), ',', '') AS BIGINT) END",
    ),
    "is not a whole number",
    "1,234",
)
COMMA = Kind(
    "number_comma",
    "DOUBLE",
    _first(
        f"CAST({INTEGER.value} AS DOUBLE)",
        _number(
            _MONEY + r"([1-9][0-9]{0,2}(\.[0-9]{3})+|" + _PLAIN + r")(,[0-9]*)?" + _TAIL,
            f"replace(replace({_SQUEEZED}, '.', ''), ',', '.')",
        ),
    ),
    "is not a number with a decimal comma",
    "1.234,5",
)
PERCENT = Kind(
    "percent",
    "DOUBLE",
    _number(_SIGN + r"[0-9]+(\.[0-9]*)?\s*%\s*", "replace(replace({x}, '%', ''), ' ', '')"),
    "is not a percentage",
    "12.5%",
)
ISO_DATE = Kind(
    "date_iso",
    "DATE",
    "CASE WHEN length({x}) = 10 AND CAST(TRY_CAST({x} AS DATE) AS VARCHAR) = {x} THEN TRY_CAST({x} AS DATE) END",
    "is not a date like 2024-11-05",
    "%Y-%m-%d",
    proved="TRY_CAST({x} AS DATE)",
)
_ISO = r"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]{{1,9}})?)?"
ISO_TIME = Kind(
    "timestamp_iso",
    "TIMESTAMP",
    "CASE WHEN length({x}) = 19 AND CAST(TRY_CAST({x} AS TIMESTAMP) AS VARCHAR) = {x} THEN TRY_CAST({x} AS TIMESTAMP)"
    f" WHEN regexp_full_match({{x}}, '{_ISO}') THEN TRY_CAST({{x}} AS TIMESTAMP) END",
    "is not a date and time like 2024-11-05 18:30:00",
    "ISO 8601",
    proved="TRY_CAST({x} AS TIMESTAMP)",
)
ZONED_TIME = Kind(
    "timestamp_zoned",
    "TIMESTAMP WITH TIME ZONE",
    f"CASE WHEN regexp_full_match({{x}}, '{_ISO} ?(Z|UTC|[+-][0-9]{{{{2}}}}(:?[0-9]{{{{2}}}})?)')"
    " THEN TRY_CAST(regexp_replace({x}, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2') AS TIMESTAMP WITH TIME ZONE) END",
    "is not a date and time with a time zone",
    "ISO 8601 with zone",
)
_D, _Y4, _Y2 = "[0-9]{1,2}", "[0-9]{4}", "[0-9]{2}"
_DATE_STYLES = (
    ("%m/%d/%Y", f"{_D}/{_D}/{_Y4}"),
    ("%d/%m/%Y", f"{_D}/{_D}/{_Y4}"),
    ("%m/%d/%y", f"{_D}/{_D}/{_Y2}"),
    ("%d/%m/%y", f"{_D}/{_D}/{_Y2}"),
    ("%m-%d-%Y", f"{_D}-{_D}-{_Y4}"),
    ("%d-%m-%Y", f"{_D}-{_D}-{_Y4}"),
    ("%d.%m.%Y", f"{_D}[.]{_D}[.]{_Y4}"),
    ("%Y/%m/%d", f"{_Y4}/{_D}/{_D}"),
    ("%b %d, %Y", f"[A-Za-z]{{3}} {_D}, {_Y4}"),
    ("%B %d, %Y", f"[A-Za-z]{{3,9}} {_D}, {_Y4}"),
    ("%d %b %Y", f"{_D} [A-Za-z]{{3}} {_Y4}"),
    ("%d %B %Y", f"{_D} [A-Za-z]{{3,9}} {_Y4}"),
    ("%d-%b-%Y", f"{_D}-[A-Za-z]{{3}}-{_Y4}"),
    ("%d-%b-%y", f"{_D}-[A-Za-z]{{3}}-{_Y2}"),
)
_CLOCK_STYLES = (
    ("%H:%M", f"{_D}:[0-9]{{2}}"),
    ("%H:%M:%S", f"{_D}:[0-9]{{2}}:[0-9]{{2}}"),
    ("%I:%M %p", f"{_D}:[0-9]{{2}} [AaPp][Mm]"),
    ("%I:%M:%S %p", f"{_D}:[0-9]{{2}}:[0-9]{{2}} [AaPp][Mm]"),
)
DATES = (ISO_DATE, *(_when("DATE", style, f"date_{index}", shape) for index, (style, shape) in enumerate(_DATE_STYLES)))
TIMES = (
    ISO_TIME,
    ZONED_TIME,
    *(
        _when("TIMESTAMP", f"{date} {clock}", f"timestamp_{index}_{part}", f"{shape} {clock_shape}")
        for index, (date, shape) in enumerate(_DATE_STYLES[:8])
        for part, (clock, clock_shape) in enumerate(_CLOCK_STYLES)
    ),
)
# In order of preference where several fit equally well.
KINDS = (BOOLEAN, YES_NO, INTEGER, NUMBER, GROUPED_INTEGER, GROUPED, COMMA, PERCENT, *DATES, *TIMES)
TEXT = Kind("text", "VARCHAR", "NULLIF({x}, '')", "")
# Text that only looks like a number: a code whose leading zeros would be lost.
CODE = "regexp_full_match({x}, '\\s*-?0[0-9]+\\s*')"


def swapped_style(style: str) -> str | None:
    """Return the style with month and day changed over, or None where they cannot be confused."""
    for month_first, day_first in (("%m/%d", "%d/%m"), ("%m-%d", "%d-%m")):
        if style.startswith(month_first):
            return style.replace(month_first, day_first, 1)
        if style.startswith(day_first):
            return style.replace(day_first, month_first, 1)
    return None

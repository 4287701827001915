"""Values everyone speaks: money, ids, errors. Imports nothing of ours."""

from polidat.core.countries import COUNTRIES
from polidat.core.csv_lines import csv_line, decimal_text, safe_cell, with_digest
from polidat.core.errors import (
    Broken,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PoliDatError,
    Refused,
    TooMuch,
    Unavailable,
)
from polidat.core.ids import new_public_id, secret_digest, slug_of
from polidat.core.money import (
    MICROS,
    Currency,
    Money,
    bps_of,
    currency,
    half_away,
    micros_text,
    money_text,
    parse_micros,
    share,
    split,
)
from polidat.core.paging import NoSuchPlace

__all__ = [
    "COUNTRIES",
    "MICROS",
    "Broken",
    "Conflict",
    "Currency",
    "Invalid",
    "Money",
    "NoSuchPlace",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "PoliDatError",
    "Refused",
    "TooMuch",
    "Unavailable",
    "bps_of",
    "csv_line",
    "currency",
    "decimal_text",
    "half_away",
    "micros_text",
    "money_text",
    "new_public_id",
    "parse_micros",
    "safe_cell",
    "secret_digest",
    "share",
    "slug_of",
    "split",
    "with_digest",
]

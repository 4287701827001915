"""Which functions a stranger's SQL may call: an allow-list, derived by rule from DuckDB's catalogue, kept as a file.

The file is what counts at run time. A test derives it again from the installed DuckDB, so a new version with new
functions fails until somebody has looked at them.
"""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

# What does more than compute on its arguments, by the reason we refuse it.
_REFUSED = re.compile(
    "|".join(
        (
            r"__.*",  # internals
            r"(icu_)?collate_.*",  # internals of COLLATE, which stays allowed
            r"st_.*|geom.*|vertex_extract",  # parsers of foreign bytes nobody here needs
            r"current_(setting|query|query_id|connection_id|transaction_id|database|schema|schemas|catalog|role|user)",
            r"txid_current|in_search_path|session_user|user|version|get_block_size",  # the state of the machine
            r"getenv|getvariable|which_secret|read_.*|glob|query|query_table|.*duckdb_.*|pragma_.*|sniff_.*|parquet_.*",
            r"nextval|currval|setval|setseed|write_log|sleep_ms|pg_sleep|stats|vector_type|error|assert_true",
            r"json_(de)?serialize_.*|json_execute_.*",  # parse, plan or run SQL in a string
            r"combine|combine_aggr|finalize|to_aggregate_state|invoke|index_key|create_sort_key|icu_sort_key",
            r"(bitstring|timetz)_byte_comparable|constant_or_null|variant_(bytes|to|comparator|normalize).*",
            r"hive_partition_component|(make|replace|get)_type|cast_to_type|can_cast_implicitly|remap_struct",
            r"json_copy_.*|is_histogram_other_bin|array_to_string_comma_default",
        )
    ),
    re.IGNORECASE,
)
_TABLE_FUNCTIONS = frozenset(
    {"range", "generate_series", "unnest", "json_each", "json_tree", "generate_subscripts", "regexp_split_to_table"}
)
# Resolved by the binder, so the catalogue does not list them.
_SPECIAL = frozenset({"unnest", "unlist", "grouping", "grouping_id"})
_COMPUTING = frozenset({"scalar", "aggregate", "window", "macro"})


def derive_allowed(catalogue: Iterable[tuple[str, str, str]]) -> list[str]:
    """The allow-list for rows (schema, name, type) of `duckdb_functions()`: sorted, lower case, operators left out."""
    return sorted(
        _SPECIAL
        | {
            name.lower()
            for schema, name, kind in catalogue
            if kind in _COMPUTING and schema == "main" and not _REFUSED.fullmatch(name) and not is_operator(name)
        }
    )


@cache
def allowed_functions() -> frozenset[str]:
    """Every scalar, aggregate and window function that may be called, lower case."""
    listed: list[str] = json.loads((files("polidat.query") / "allowed_functions.json").read_text())
    return frozenset(listed)


def is_operator(name: str) -> bool:
    """Whether the name is a sign such as `||`: signs compute on their arguments and nobody can define new ones."""
    return not any(each.isalnum() or each == "_" for each in name) or name.startswith("IS ")


def may_call(name: str) -> bool:
    """Whether an expression may call this function."""
    return is_operator(name) or name.lower() in allowed_functions()


def may_be_table(name: str) -> bool:
    """Whether FROM may name this function."""
    return name.lower() in _TABLE_FUNCTIONS


def nearest_function(name: str) -> str | None:
    """The allowed function whose name is closest, when one is close."""
    near = get_close_matches(name.lower(), sorted(allowed_functions()), n=1, cutoff=0.8)
    return near[0] if near else None

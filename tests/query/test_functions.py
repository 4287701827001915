"""The allow-list of functions against the DuckDB that is installed."""

import json
from importlib.resources import files

import duckdb
import pytest

from polidat.query.functions import allowed_functions, derive_allowed, may_be_table, may_call


def _catalogue() -> list[tuple[str, str, str]]:
    with duckdb.connect() as connection:
        return connection.execute("SELECT schema_name, function_name, function_type FROM duckdb_functions()").fetchall()


def test_the_kept_list_is_what_the_rule_says_of_the_installed_duckdb():
    """After an upgrade: read the difference, extend the refusals in functions.py, then write the list anew."""
    kept = json.loads((files("polidat.query") / "allowed_functions.json").read_text())

    assert derive_allowed(_catalogue()) == kept


def test_a_table_function_is_callable_only_when_it_is_listed():
    tables = {name for _, name, kind in _catalogue() if kind in ("table", "table_macro")}

    assert {each for each in tables if may_be_table(each)} == {
        "generate_series",
        "json_each",
        "json_tree",
        "range",
        "unnest",
    }


@pytest.mark.parametrize(
    "name",
    ["getenv", "current_setting", "read_text", "glob", "query", "nextval", "write_log", "json_serialize_plan", "__x",
     "pg_sleep", "icu_collate_de", "duckdb_secrets", "brand_new_function"],
)  # fmt: skip
def test_what_reaches_out_or_is_unknown_may_not_be_called(name: str):
    assert not may_call(name)
    assert not may_call(name.upper())


@pytest.mark.parametrize("name", ["sum", "SUM", "list_transform", "||", "~~", "json_extract", "uuid"])
def test_what_computes_may_be_called(name: str):
    assert may_call(name)


def test_no_function_with_side_effects_is_allowed_but_those_that_make_values():
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE has_side_effects"
        ).fetchall()

    assert {name for (name,) in rows} & allowed_functions() == {"gen_random_uuid", "random", "uuid", "uuidv4", "uuidv7"}

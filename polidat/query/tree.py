"""Walks the tree DuckDB's own parser makes of a query and refuses every node that is not known to only read.

Default deny, because a SELECT can carry writes: DuckDB 2.0 parses `WITH x AS (COPY t TO 'f') FROM x` and
`WITH x AS (INSERT ...) ...` as SELECT statements. A new kind of node is refused until it is listed here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from polidat.query.errors import FunctionNotAllowed, PhraseNotAllowed, TableNotGranted
from polidat.query.functions import may_be_table, may_call, nearest_function

Node = Mapping[str, object]

_EXPRESSIONS = frozenset(
    {
        "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "BETWEEN", "FUNCTION",
        "LAMBDA", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
    }
)  # fmt: skip
_PARTS = frozenset(
    {
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE",
        "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT", "SHOW_REF",
        "ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER",
        "ORDER_DEFAULT", "ASCENDING", "DESCENDING",
    }
)  # fmt: skip
_SAFE_SHOWS = frozenset({"DESCRIBE", "SUMMARY"})  # both describe a query, which is walked like any other
_INSTEAD = {
    "PARAMETER": ("A parameter ($1, ?)", "Write the value itself."),
    "DEFAULT": ("DEFAULT", "Write the value itself."),
    "SHOW_REF": ("SHOW", "The list of your tables and columns is beside the editor; DESCRIBE and SUMMARIZE work."),
}


@dataclass
class Found:
    """What a query names. It says too much rather than too little: these are names, not bindings.

    `names` holds every part of every name, `alone` those that stood alone (a table's name alone is its whole row),
    `whole` says that a star or something like it may name every column.
    """

    tables: set[str] = field(default_factory=set[str])
    ctes: set[str] = field(default_factory=set[str])
    aliases: dict[str, str] = field(default_factory=dict[str, str])
    names: set[str] = field(default_factory=set[str])
    alone: set[str] = field(default_factory=set[str])
    whole: bool = False


def walk(tree: Node, granted: Mapping[str, str]) -> Found:
    """Everything the tree names, `granted` being tables by lower-case name.

    Raises TableNotGranted, FunctionNotAllowed or PhraseNotAllowed at the first thing that is not allowed.
    """
    walker = _Walker(granted)
    walker.visit(tree, frozenset())
    return walker.found


class _Walker:
    def __init__(self, granted: Mapping[str, str]) -> None:
        self.granted = granted
        self.found = Found()

    def visit(self, value: object, scope: frozenset[str]) -> None:
        """Look at a value and everything below it; `scope` holds the CTE names visible here, lower case."""
        if isinstance(value, list):
            for each in cast("list[object]", value):
                self.visit(each, scope)
        elif isinstance(value, dict):
            node = cast("Node", value)
            self._judge(node, scope)
            inner = self._enter_ctes(node, scope)
            for key, each in node.items():
                if key == "function" and node["type"] == "TABLE_FUNCTION":
                    self.visit(list(cast("Node", each).values()), inner)  # judged as a table: its arguments are left
                elif key == "right" and node.get("type") == "RECURSIVE_CTE_NODE":
                    self.found.ctes.add(own := str(node["cte_name"]).lower())
                    self.visit(each, inner | {own})
                elif key not in ("cte_map", "sample"):  # a sample holds a number
                    self.visit(each, inner)

    def _enter_ctes(self, node: Node, scope: frozenset[str]) -> frozenset[str]:
        """The scope inside a query: a CTE sees the ones before it, never the ones after it or itself."""
        for entry in cast("Sequence[Node]", cast("Node", node.get("cte_map", {})).get("map", ())):
            self.visit(entry["value"], scope)
            name = str(entry["key"]).lower()
            scope |= {name}
            self.found.ctes.add(name)
        return scope

    def _judge(self, node: Node, scope: frozenset[str]) -> None:
        kind = node.get("class", node.get("type"))
        if not isinstance(kind, str):
            return
        if kind not in (_EXPRESSIONS if "class" in node else _PARTS):
            phrase, instead = _INSTEAD.get(kind, (_readable(kind), "Only reading the tables you were granted is."))
            raise PhraseNotAllowed(phrase, instead)
        match kind:
            case "BASE_TABLE":
                self._judge_table(node, scope)
            case "TABLE_FUNCTION":
                name = _path(cast("Node", node["function"]))[-1]
                if not may_be_table(name):
                    raise FunctionNotAllowed(name, as_table=True)
            case "FUNCTION" | "WINDOW":
                self._judge_function(node)
            case "SHOW_REF":
                if node.get("show_type") not in _SAFE_SHOWS or node.get("query") is None:
                    raise PhraseNotAllowed(*_INSTEAD[kind])
            case "TYPE":
                if len(_path(node)) > 1:
                    raise PhraseNotAllowed("A type with a schema name", "Use DuckDB's own types.")
            case _:
                self._note_names(kind, node)

    def _judge_table(self, node: Node, scope: frozenset[str]) -> None:
        path = _path(node)
        if len(path) != 1:
            raise TableNotGranted(".".join(path), sorted(self.granted.values()))
        if node.get("at_clause"):
            raise PhraseNotAllowed("AT (a moment in time)", "Open the version of the dataset you want instead.")
        name = path[0].lower()
        alias = str(node.get("alias") or name).lower()
        if name in scope:
            return
        if name not in self.granted:
            raise TableNotGranted(path[0], sorted(self.granted.values()))
        self.found.tables.add(name)
        self.found.aliases[alias] = name
        self.found.names |= {
            str(each).lower() for each in cast("Sequence[object]", node.get("column_name_alias") or ())
        }
        self.found.whole |= bool(node.get("column_name_alias"))

    def _judge_function(self, node: Node) -> None:
        path = _path(node)
        if not may_call(path[-1]):
            raise FunctionNotAllowed(path[-1], near=nearest_function(path[-1]))
        # `name.upper()` arrives as a function in the schema `name`: its first parts may be a column.
        self._note_path(path[:-1])

    def _note_names(self, kind: str, node: Node) -> None:
        if kind == "COLUMN_REF":
            self._note_path([str(each) for each in cast("Sequence[object]", node["column_names"])])
        elif kind in ("STAR", "PIVOT") or node.get("ref_type") in ("NATURAL", "POSITIONAL"):
            self.found.whole = True
        elif kind == "JOIN":
            using = cast("Sequence[object]", node.get("using_columns") or ())
            self.found.names |= {str(each).lower() for each in using}

    def _note_path(self, path: list[str]) -> None:
        lower = {each.lower() for each in path}
        self.found.names |= lower
        if len(path) == 1:
            self.found.alone |= lower


def _path(node: Node) -> list[str]:
    """The qualified name of a table, function or type, outermost part first."""
    qualified = cast("Node", node["qualified_name"])
    return [str(each) for each in cast("Sequence[object]", qualified["path"])]


def _readable(kind: str) -> str:
    return kind.removesuffix("_QUERY_NODE").removesuffix("_NODE").removesuffix("_REF").replace("_", " ")

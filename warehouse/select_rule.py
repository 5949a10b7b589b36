"""Checks that a query only reads the warehouse: every part of its syntax tree must be known."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from warehouse.sql_names import (
    CATALOGS,
    DENIED_FUNCTIONS,
    DENIED_TABLES,
    FILE_ENDINGS,
    IN_A_PATH,
    INTERNAL,
    OWN_FUNCTIONS,
    READABLE_SETTINGS,
    SCHEMAS,
    SYSTEM_PREFIXES,
    TABLE_FUNCTIONS,
)

Node = dict[str, Any]


class SqlRefused(Exception):
    """The statement must not be run; the message says why, and what to do instead."""


SOURCES = ("from_table", "left", "right", "source")
KNOWN_SOURCES = frozenset(
    {
        "BASE_TABLE",
        "EMPTY",
        "EXPRESSION_LIST",
        "JOIN",
        "PIVOT",
        "SHOW_REF",
        "SUBQUERY",
        "TABLE_FUNCTION",
        # Both sides of a UNION, and of a recursive CTE, are queries.
        "CTE_NODE",
        "RECURSIVE_CTE_NODE",
        "SELECT_NODE",
        "SET_OPERATION_NODE",
    }
)


def check(tree: Node, functions: Collection[str]) -> None:
    """Raises SqlRefused if a part of the tree could do anything but read the warehouse.

    `tree` is a query in the form of `json_serialize_sql`. `functions` are the names of all scalar,
    aggregate and window functions of a DuckDB without extensions.
    """
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += _parts(node, functions)


def _parts(node: Node, functions: Collection[str]) -> list[Any]:
    """Checks the node itself, and returns the nodes in it. Raises SqlRefused."""
    if "class" in node:  # an expression
        if "function_name" in node:
            _check_function(node, functions)
        return list(node.values())
    for key in SOURCES:
        source = node.get(key)
        if isinstance(source, dict) and "class" not in source:
            _check_source(source)
    kind = node.get("type")
    if kind == "TABLE_FUNCTION":
        _check_table_function(node["function"])
        others = [value for key, value in node.items() if key != "function"]
        return [*node["function"].values(), *others]
    if kind in ("BASE_TABLE", "SHOW_REF"):
        _check_table(node)
    return list(node.values())


def _check_source(source: Node) -> None:
    if source.get("type") not in KNOWN_SOURCES:
        raise SqlRefused(f"{source.get('type')} is refused: it may read more than the warehouse.")


def _check_function(node: Node, functions: Collection[str]) -> None:
    name = str(node["function_name"]).lower()
    allowed = name in functions or name in TABLE_FUNCTIONS | OWN_FUNCTIONS
    denied = name in DENIED_FUNCTIONS or name.startswith(INTERNAL)
    if denied or not allowed or not _own_or_builtin(node, "schema", "catalog"):
        raise SqlRefused(
            f"The function {name} is refused: it is not one of DuckDB's own functions "
            "that only compute."
        )
    if name == "current_setting" and _constant(node) not in READABLE_SETTINGS:
        raise SqlRefused(
            "current_setting is refused: settings may hold secrets. "
            f"It may show these: {', '.join(sorted(READABLE_SETTINGS))}."
        )


def _constant(call: Node) -> str | None:
    """The only argument of a call, in lower case, if it is a text; otherwise None."""
    match call.get("children"):
        case [{"class": "CONSTANT", "value": {"value": str(text)}}]:
            return text.lower()
    return None


def _check_table_function(function: Node) -> None:
    name = str(function.get("function_name", function.get("type"))).lower()
    if name not in TABLE_FUNCTIONS or not _own_or_builtin(function, "schema", "catalog"):
        raise SqlRefused(
            f"The table function {name} is refused: it may read files, change the warehouse, show "
            "settings or run a text as SQL. Use the tables and views directly."
        )


def _check_table(node: Node) -> None:
    name = str(node.get("table_name", "")).strip('"').lower()
    parts = [str(node[key]) for key in ("catalog_name", "schema_name", "table_name") if key in node]
    if not IN_A_PATH.isdisjoint(name) or (len(parts) > 1 and name in FILE_ENDINGS):
        raise SqlRefused(
            f"{'.'.join(parts)} is refused: it names a file, and files cannot be read here. "
            "SHOW TABLES lists all tables and views."
        )
    hidden = name.startswith(SYSTEM_PREFIXES) and name not in TABLE_FUNCTIONS
    if hidden or name in DENIED_TABLES or not _own_or_builtin(node, "schema_name", "catalog_name"):
        raise SqlRefused(
            f"{'.'.join(parts)} is refused: only the warehouse's tables and views can be read, "
            "but not its catalog or settings. "
            "FROM ducklake_snapshots('bluetick') and FROM ducklake_table_info('bluetick') "
            "show snapshots and files."
        )


def _own_or_builtin(node: Node, schema: str, catalog: str) -> bool:
    return (
        str(node.get(schema, "")).lower() in SCHEMAS
        and str(node.get(catalog, "")).lower() in CATALOGS
    )

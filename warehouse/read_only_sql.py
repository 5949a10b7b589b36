"""Checks SQL that people type: it may read the warehouse and do nothing else.

DuckDB's read-only modes are not enough: a statement could still write files, even over those of
the warehouse. So DuckDB's own parser reads the whole text before any of it is run, and everything
that is not known to be harmless is refused.
"""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass
from itertools import takewhile

import duckdb
import orjson
from duckdb import StatementType

from warehouse.select_rule import SqlRefused, check
from warehouse.sql_names import OWN, SETTINGS
from warehouse.sql_tokens import Token, rest, statements, tokens, with_pivot_values

__all__ = ["Allowed", "SqlRefused", "allowed"]

# Enough for lists of thousands of ids. A syntax tree uses about 100 times the memory of its text.
MAX_CHARACTERS = 200_000
PRAGMAS = (
    "collations",
    "database_size",
    "functions",
    "platform",
    "show_tables",
    "show_tables_expanded",
    "table_info",
    "user_agent",
    "version",
)
ONLY_READS = (
    "only statements that read may run here (SELECT, EXPLAIN, DESCRIBE, SHOW, SUMMARIZE). "
    "`bluetick export` makes a copy to write to."
)
FILES = (
    "it writes files. `bluetick sql --format csv QUERY > FILE` saves a result, "
    "`bluetick export FILE` copies everything."
)
ELSEWHERE = "only the warehouse can be read here. `bluetick export` makes a copy to work with."
ALONE = "each statement reads one consistent snapshot by itself and needs no transaction."
DIRECT = "run the statement itself."
REASONS = {
    "COPY": FILES,
    "EXPORT": FILES,
    "ATTACH": ELSEWHERE,
    "DETACH": ELSEWHERE,
    "IMPORT": ELSEWHERE,
    "INSTALL": ELSEWHERE,
    "LOAD": ELSEWHERE,
    "CALL": "it may change the warehouse. To call a function that only reads, use FROM, such as "
    f"FROM ducklake_snapshots('{OWN}').",
    "PRAGMA": f"it may change the session. These only read: {', '.join(PRAGMAS)}.",
    "SET": "only variables (SET VARIABLE) and these settings can be set here: "
    f"{', '.join(SETTINGS)}.",
    "RESET": f"only variables and these settings can be reset here: {', '.join(SETTINGS)}.",
    "USE": f"only {OWN} can be used here.",
    "EXPLAIN": "only a query can be explained here. A PIVOT then needs its values: "
    "ON column IN ('a', 'b').",
    "PREPARE": DIRECT,
    "EXECUTE": DIRECT,
    "DEALLOCATE": DIRECT,
    **dict.fromkeys(("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"), ALONE),
}
SCALAR = re.compile(r"'(?:[^']|'')*'|\w+")


@dataclass(frozen=True, slots=True)
class Allowed:
    """A statement that may be run; `answers` is False if it has no result except a confirmation."""

    statement: duckdb.Statement
    answers: bool


def allowed(text: str) -> list[Allowed]:
    """The statements of `text`, if all of them only read.

    Raises SqlRefused if one of them could do more, and duckdb.Error if the text cannot be parsed.
    Runs nothing, and needs no connection to a warehouse.
    """
    if len(text) > MAX_CHARACTERS:
        raise SqlRefused(f"The text is refused: it is longer than {MAX_CHARACTERS:,} characters.")
    if "\0" in text or _broken(text):
        raise SqlRefused("The text is refused: it is not valid UTF-8, or it has a NUL character.")
    parser = _parser()
    try:
        parser.extract_statements(text)  # so an error shows its place in the whole text
        return [found for one in statements(text) for found in _judged(parser, one)]
    except duckdb.PermissionException:  # IMPORT DATABASE reads its file while it is parsed
        raise SqlRefused(f"The text is refused: {ELSEWHERE}") from None


def _broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _judged(parser: duckdb.DuckDBPyConnection, text: str) -> list[Allowed]:
    """Checks one statement, and returns what to run for it. Raises SqlRefused."""
    parsed = parser.extract_statements(text)
    if not parsed:
        return []
    words = tokens(text)
    kinds = [one.type for one in parsed]
    match kinds:
        case [StatementType.SELECT]:
            # DuckDB parses a PRAGMA into a query. Run exactly the query that was checked.
            if words[0].word == "PRAGMA" and words[1].name not in PRAGMAS:
                raise _refusal(words)
            _check_query(parser, parsed[0].query)
            parsed = parser.extract_statements(parsed[0].query)
        case [StatementType.EXPLAIN]:
            _check_explained(parser, text, words)
        case [StatementType.SET]:
            # Written again as it was understood here, so that it cannot mean anything else.
            parsed = parser.extract_statements(_setting(parser, text, words))
        case [*first, StatementType.SELECT] if set(first) == {StatementType.CREATE}:
            _check_query(parser, with_pivot_values(text))
        case _:
            raise _refusal(words)
    queries = (StatementType.SELECT, StatementType.EXPLAIN)
    return [Allowed(one, one.type in queries) for one in parsed]


def _refusal(words: list[Token]) -> SqlRefused:
    word = words[0].word
    what = word
    if word in ("CALL", "PRAGMA", "RESET", "SET", "USE"):
        scope = words[1].text if words[1].word in ("GLOBAL", "SESSION", "VARIABLE") else ""
        named = takewhile(lambda token: token.text not in "(=", words[1 + bool(scope) :])
        what = " ".join(filter(None, (word, scope, "".join(token.text for token in named))))
    return SqlRefused(f"{what} is refused: {REASONS.get(word, ONLY_READS)}")


def _check_query(parser: duckdb.DuckDBPyConnection, text: str) -> None:
    shown = parser.execute(
        "SELECT json_serialize_sql(?::VARCHAR, "
        "skip_default := true, skip_null := true, skip_empty := true)",
        [text],
    ).fetchall()[0][0]
    try:
        tree = orjson.loads(shown)
    except orjson.JSONDecodeError:
        raise SqlRefused("The query is refused: it is nested too deeply to be checked.") from None
    if tree["error"] or len(tree["statements"]) != 1:
        raise SqlRefused(
            "The query is refused: it cannot be checked, because it is not a SELECT. "
            "A PIVOT may need its values: ON column IN ('a', 'b')."
        )
    check(tree, _functions())


def _check_explained(parser: duckdb.DuckDBPyConnection, text: str, words: list[Token]) -> None:
    """Checks the query of an EXPLAIN, because EXPLAIN ANALYZE runs it. Raises SqlRefused."""
    inner = rest(text, _last_of_explain(words))
    kinds = [one.type for one in parser.extract_statements(inner)]
    if kinds != [StatementType.SELECT]:
        raise SqlRefused(f"EXPLAIN is refused: {REASONS['EXPLAIN']}")
    _check_query(parser, inner)


def _last_of_explain(words: list[Token]) -> Token:
    """The token before the query: `EXPLAIN`, `ANALYZE`, or the bracket after the options."""
    options = ("ANALYZE", "ANALYSE", "FORMAT")
    match [token.word for token in words]:
        case ["EXPLAIN", "ANALYZE" | "ANALYSE", *_]:
            return words[1]
        case ["EXPLAIN", "(", option, *_] if option in options:
            return next(token for token in words if token.text == ")")
    return words[0]


def _setting(parser: duckdb.DuckDBPyConnection, text: str, words: list[Token]) -> str:
    """The statement that sets or resets a variable or a harmless setting. Raises SqlRefused."""
    known = {name.lower() for name in SETTINGS}
    match [token.word for token in words]:
        case ["SET", "VARIABLE", _, "=" | "TO", *_]:
            value = rest(text, words[3])
            _check_query(parser, f"SELECT (\n{value}\n)")
            return f"SET VARIABLE {_quoted(words[2])} = (\n{value}\n)"
        case ["RESET", "VARIABLE", _]:
            return f"RESET VARIABLE {_quoted(words[2])}"
        case ["SET", "TIME", "ZONE", value] if SCALAR.fullmatch(value):
            return f"SET TimeZone = {words[3].text}"
        case ["SET", _, "=" | "TO", _] if words[1].name in known and _harmless(words):
            return f"SET {words[1].name} = {words[3].text}"
        case ["RESET", _] if words[1].name in known:
            return f"RESET {words[1].name}"
        case ["USE", *_] if [token.name for token in words[1:]] in ([OWN], [OWN, ".", "main"]):
            return f"USE {OWN}"
    raise _refusal(words)


def _harmless(words: list[Token]) -> bool:
    """Whether the value is a literal; `threads` must not be above the number of cores."""
    value = words[3].text
    if words[1].name == "threads":
        return value.isdecimal() and 1 <= int(value) <= (os.cpu_count() or 1)
    return SCALAR.fullmatch(value) is not None


def _quoted(token: Token) -> str:
    return '"{}"'.format(token.name.replace('"', '""'))


def _parser() -> duckdb.DuckDBPyConnection:
    """A connection for parsing, without access to the warehouse, files or network."""
    return _sandbox().cursor()


@functools.cache
def _sandbox() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "enable_external_access": "false",
            "memory_limit": "512MB",
            "python_enable_replacements": "false",
            "threads": "1",
        }
    )


@functools.cache
def _functions() -> frozenset[str]:
    """Every scalar, aggregate and window function of a bare DuckDB, in lower case."""
    rows = _parser().execute(
        "SELECT DISTINCT lower(function_name) FROM duckdb_functions() "
        "WHERE function_type IN ('scalar', 'aggregate', 'macro')"
    )
    return frozenset(row[0] for row in rows.fetchall())

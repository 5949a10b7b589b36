"""SQL that people type: texts that only read are allowed, and all others are refused."""

from __future__ import annotations

import contextlib
import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.attacks import ATTACKS, serialised
from tests.support.questions import QUESTIONS
from warehouse.read_only_sql import MAX_CHARACTERS, SqlRefused, allowed
from warehouse.sql_names import DENIED_FUNCTIONS, INTERNAL
from warehouse.views import VIEWS, view_sql

PLACES = {
    "data": "/lake/files/",
    "live": "/lake/files/main/statuses/live.parquet",
    "catalog": "/lake/warehouse.sqlite",
    "other": "/other.sqlite",
    "text": "/text.txt",
    "new": "/lake/files/new",
    "statement": serialised("FROM read_text('/text.txt')"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_with_a_reason(attack: str) -> None:
    with pytest.raises(SqlRefused) as refused:
        allowed(attack.format(**PLACES))
    assert re.match(r".+ is refused.*: [^ ].+\.$", str(refused.value))


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_is_allowed(text: str) -> None:
    allowed(text)


@pytest.mark.parametrize("view", VIEWS)
def test_the_queries_of_the_views_are_allowed(view: str) -> None:
    queries = re.split(r"\bAS TABLE\n|\bVIEW \w+ AS\b", view_sql(view))[1:]
    for query in queries:
        select = query.partition(";\n")[0]
        assert [one.answers for one in allowed(select)] == [True]


def test_statements_keep_their_order() -> None:
    found = allowed("SET TimeZone = 'Asia/Tokyo'; SELECT 'a;b'; EXPLAIN SELECT 2")
    assert [one.answers for one in found] == [False, True, True]
    assert found[1].statement.query.strip() == "SELECT 'a;b'"


def test_a_pivot_makes_its_list_of_values_first() -> None:
    found = allowed("PIVOT statuses ON status USING count(*)")
    assert [one.answers for one in found] == [False, True]


def test_what_cannot_be_parsed_is_an_error_of_the_parser() -> None:
    with pytest.raises(duckdb.ParserException, match="syntax error"):
        allowed("SELECT 1; SELEC 2")


@pytest.mark.parametrize("text", ["SELECT 1\0; DELETE FROM statuses", "SELECT '\udcff'"])
def test_bytes_that_are_not_text_are_refused(text: str) -> None:
    with pytest.raises(SqlRefused, match="UTF-8"):
        allowed(text)


def test_the_length_of_a_text_is_limited() -> None:
    ids = ", ".join(f"'wamid.{number:030}'" for number in range(4000))
    allowed(f"FROM statuses WHERE message_id IN ({ids})")
    with pytest.raises(SqlRefused, match=f"{MAX_CHARACTERS:,} characters"):
        allowed("SELECT 1" + " " * MAX_CHARACTERS)


@pytest.mark.parametrize("depth", [800, 50_000])
def test_deep_nesting_does_no_harm(depth: int) -> None:
    for query in ("(" * depth + "1" + ")" * depth, "1" + "+1" * depth, "-" + " -" * depth + "1"):
        with contextlib.suppress(SqlRefused, duckdb.Error):
            allowed(f"SELECT {query}")


BAD = [
    "FROM read_text('/text.txt')",
    "FROM sqlite_scan('/other.sqlite', 'mine')",
    "FROM '/lake/files/live.parquet'",
    "FROM __ducklake_metadata_bluetick.ducklake_metadata",
    "FROM query('SELECT 1')",
    "FROM ducklake_cleanup_old_files('bluetick')",
    "FROM duckdb_settings()",
    "SELECT current_setting('s3_secret_access_key')",
    "SELECT write_log('mine')",
]
GOOD = ["FROM statuses", "SELECT 1 AS n", "FROM range(3)", "SELECT 'read_text(''x'')' AS t"]
AROUND = [
    "SELECT * FROM ({})",
    "WITH w AS ({}) FROM w",
    "WITH w AS (SELECT 1 AS n), x AS NOT MATERIALIZED ({}) FROM w, x",
    "SELECT 1 AS n WHERE EXISTS ({})",
    "SELECT (SELECT count(*) FROM ({})) AS n",
    "({}) UNION ALL BY NAME SELECT 1 AS n",
    "(SELECT 1 AS n) EXCEPT (SELECT 1 AS n FROM ({}))",
    "FROM range(3), LATERAL ({})",
    "FROM range(3) POSITIONAL JOIN ({})",
    "FROM range(3) LEFT JOIN ({}) ON true",
    "FROM (DESCRIBE {})",
    "FROM (SUMMARIZE {})",
    "SELECT 1 AS n ORDER BY (SELECT 1 FROM ({}))",
    "SELECT 1 AS n LIMIT (SELECT 1 FROM ({}))",
    "FROM (PIVOT (SELECT 1 AS a, 'x' AS b FROM ({})) ON b IN ('x') USING sum(a))",
    "FROM (UNPIVOT (SELECT 1 AS a, 2 AS b FROM ({})) ON a, b)",
    "SELECT [1 FOR x IN [1] IF EXISTS ({})] AS n",
    "SELECT CASE WHEN true THEN 1 ELSE (SELECT 1 FROM ({})) END AS n",
    "VALUES ((SELECT count(*) FROM ({})))",
    "/* SELECT 1; */ {} -- ;\n",
]
AT_LAST = [
    "{}",
    "SELECT 1; {}",
    "{}; SELECT 1",
    "EXPLAIN {}",
    "EXPLAIN ANALYZE {}",
    "EXPLAIN (ANALYZE, FORMAT json) {}",
    "SET VARIABLE mine = (SELECT count(*) FROM ({}))",
    "PIVOT (SELECT 1 AS a, 'x' AS b FROM ({})) ON b, a USING count(*) GROUP BY a",
    "FROM (PIVOT (SELECT 1 AS a FROM ({})) ON a)",
    "DESCRIBE {}",
]


def nested(queries: list[str]) -> st.SearchStrategy[str]:
    """One of the queries, deep in others that are harmless by themselves."""

    def build(query: str, around: list[str], last: str) -> str:
        for one in around:
            query = one.replace("{}", query)
        return last.replace("{}", query)

    inner = st.lists(st.sampled_from(AROUND), max_size=5)
    return st.builds(build, st.sampled_from(queries), inner, st.sampled_from(AT_LAST))


@given(nested(BAD), st.sampled_from([str, str.upper, str.swapcase]))
def test_an_attack_is_refused_at_any_depth(text: str, written: type[str]) -> None:
    with pytest.raises(SqlRefused):
        allowed(written(text))


@given(nested(GOOD))
def test_a_question_is_allowed_at_any_depth(text: str) -> None:
    allowed(text)


def test_every_function_with_effects_is_known() -> None:
    """The functions of a newer DuckDB must be examined before people may call them."""
    rows = duckdb.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() "
        "WHERE has_side_effects AND function_type = 'scalar'"
    )
    found = {row[0] for row in rows.fetchall()}
    assert {name for name in found - DENIED_FUNCTIONS if not name.startswith(INTERNAL)} == {
        "current_connection_id",
        "current_query",
        "current_query_id",
        "current_transaction_id",
        "error",
        "gen_random_uuid",
        "random",
        "setseed",
        "stats",
        "uuid",
        "uuidv4",
        "uuidv7",
    }

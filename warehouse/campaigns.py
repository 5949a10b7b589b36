"""Which campaign a message belongs to: that of its template, or a label that the sender attached.

The table `campaigns` gives each name an id that never changes. A name is added by the landing that
brings it first, before the sums are computed. Once there are enough names, no more are added, and
the messages of all others count together. So the rows alone always give the same sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from settings.errors import BluetickError
from warehouse.arrow_tables import registered
from warehouse.compaction import replace_rows
from warehouse.sql_literal import literal
from warehouse.transaction import passing_cause
from warehouse.views import filled, part

if TYPE_CHECKING:
    import polars as pl  # not in processes that only read: it also takes over Ctrl-C

MOST = 5_000
LONGEST = 64
# `callback_data` may also hold personal data, or one value for each message. So by default only a
# short name counts: at most eight digits, not more than four of them in a row unless they are a
# date, no part that looks like a random id, and only marks that join words. The expressions are
# written without classes of letters, which DuckDB would prepare anew for each landing (60 ms).
_NOT_IN_A_NAME = "[^_.:/0-9A-Za-z\u0080-\U0010ffff-]|[0-9A-Za-z]{25}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-"
_DATE = "(^|[^0-9])20[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])([^0-9]|$)"
_LABEL = f"""CASE
    WHEN length(callback_data) <= {LONGEST}
        AND length(callback_data) - length(translate(callback_data, '0123456789', '')) <= 8
        AND regexp_matches(callback_data, '[^_.:/0-9-]')
        AND NOT regexp_matches(callback_data, '{_NOT_IN_A_NAME}')
        AND (
            NOT regexp_matches(callback_data, '[0-9]{{5}}')
            OR regexp_matches(callback_data, '{_DATE}')
        )
    THEN callback_data
END"""


class BadRule(BluetickError):
    """The rule for campaigns is not valid; the message says what to write."""


@dataclass(frozen=True, slots=True)
class CampaignRule:
    """How messages are given a campaign, where no template says it.

    `callback_data` is a regular expression (RE2); its first group, or else what it matches, is the
    name. None takes what looks like a name. At most `most` templates are known by name, and as many
    labels.
    """

    callback_data: str | None = None
    most: int = MOST

    def macros(self) -> tuple[str, ...]:
        """The statements that install the rule, for all SQL that asks for campaigns."""
        return (
            "CREATE OR REPLACE MACRO campaign_name(template_id, callback_data) AS "
            f"coalesce(left(template_id, {LONGEST}), CASE "
            # Reactions are not counted as messages.
            "WHEN starts_with(callback_data, 'bluetick:reaction') THEN NULL "
            f"ELSE {self._label()} END)",
            f"CREATE OR REPLACE MACRO most_campaigns() AS {self.most}",
        )

    def check(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Raises BadRule if DuckDB cannot read the expression, and duckdb.Error."""
        try:
            connection.execute("SELECT regexp_matches('', ?)", [self.callback_data or ""])
        except duckdb.Error as error:
            if passing_cause(error):  # also this statement reads the catalog
                raise
            raise BadRule(
                f"the rule for campaigns is not a regular expression of RE2: {error}; "
                "correct --callback-campaign"
            ) from None

    def _label(self) -> str:
        if self.callback_data is None:
            return _LABEL
        found = (
            f"nullif(regexp_extract(callback_data, {literal(self.callback_data)}, {group}), '')"
            for group in (1, 0)
        )
        return f"left(coalesce({', '.join(found)}), {LONGEST})"


_NAMES = part("campaign_names")
# MATERIALIZED: a condition on a column of `campaigns` would make DuckLake read the statistics of
# all files of all tables. DISTINCT: two consumers may have added a name at once.
_KNOWN = f"""
WITH held AS MATERIALIZED (FROM campaigns)
SELECT DISTINCT names.name, names.of_template, held.campaign_id
FROM ({filled(_NAMES, statuses="named_statuses")}) AS names
LEFT JOIN held ON held.name = names.name AND held.of_template = names.of_template
"""
# What the name of a campaign depends on.
_NAMING = ("kind", "channel", "template_id", "callback_data")
_TYPES: dict[str, pa.DataType] = {
    "name": pa.string(),
    "of_template": pa.bool_(),
    "campaign_id": pa.int64(),
}


def installed(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The statements that install the rule in force, as `CampaignRule.macros` does."""
    found = connection.execute(
        "SELECT DISTINCT function_name, parameters, macro_definition FROM duckdb_functions() "
        "WHERE function_type = 'macro' AND database_name = current_database() ORDER BY ALL"
    ).fetchall()
    return [
        f"CREATE OR REPLACE MACRO {name}({', '.join(parameters)}) AS {definition}"
        for name, parameters, definition in found
    ]


def known(connection: duckdb.DuckDBPyConnection, statuses: pl.DataFrame) -> pa.Table:
    """The campaigns of these statuses: name, of_template, campaign_id; new ones are added first.

    The id is null if there are too many names. Call inside a transaction.
    """
    named = statuses.filter(
        statuses["template_id"].is_not_null() | statuses["callback_data"].is_not_null()
    )
    # Most statuses share their campaign with others.
    named = named.select(*_NAMING, "received_at").group_by(_NAMING).min()
    if named.is_empty():
        # Not made on import: the first table that pyarrow makes imports pandas.
        return pa.schema(_TYPES).empty_table()
    with registered(connection, "named_statuses", named.to_arrow()):
        found = connection.execute(_KNOWN).to_arrow_table()
        if found["campaign_id"].null_count and add(connection, "named_statuses"):
            found = connection.execute(_KNOWN).to_arrow_table()
    return found


def add(connection: duckdb.DuckDBPyConnection, statuses: str = "statuses") -> bool:
    """Adds names in a table of statuses, the first received first, while there is room.

    Returns whether there was room. Call inside a transaction.
    """
    room = _room(connection)
    for of_template, most in room.items():
        if most > 0:
            connection.execute(
                f"""
                INSERT INTO campaigns BY NAME
                SELECT
                    -- The same name has the same id, whichever of two consumers adds it.
                    (md5_number_lower(of_template || ' ' || name) >> 1)::BIGINT AS campaign_id,
                    names.*
                FROM ({filled(_NAMES, statuses=statuses)}) AS names
                ANTI JOIN campaigns USING (name, of_template)
                WHERE of_template = {of_template}
                ORDER BY first_received_at, name
                LIMIT {most}
                """
            )
    return any(most > 0 for most in room.values())


def merge(connection: duckdb.DuckDBPyConnection) -> None:
    """Leaves one row for each name. Earlier versions could add a name of a template twice."""
    doubled = connection.execute(
        "SELECT 1 FROM campaigns GROUP BY name, of_template HAVING count(*) > 1 LIMIT 1"
    ).fetchall()
    if doubled:
        replace_rows(
            connection,
            "campaigns",
            """
            SELECT campaign_id, name, of_template, min(first_received_at) AS first_received_at
            FROM campaigns GROUP BY campaign_id, name, of_template
            """,
        )


def _room(connection: duckdb.DuckDBPyConnection) -> dict[bool, int]:
    """How many more names of templates (True) and of labels (False) may be added."""
    # With FILTER, the table is read without a condition: see _KNOWN.
    rooms = connection.execute(
        "SELECT most_campaigns() - count(DISTINCT campaign_id) FILTER (of_template), "
        "most_campaigns() - count(DISTINCT campaign_id) FILTER (NOT of_template) FROM campaigns"
    ).fetchall()
    return dict(zip((True, False), rooms[0], strict=True))

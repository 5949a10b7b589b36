"""Query of the page SQL: what can be asked for."""

from __future__ import annotations

import pandas as pd

from dashboards.queries.filters import Connection
from warehouse.connection import ALIAS
from warehouse.views import VIEWS


def schema(connection: Connection) -> pd.DataFrame:
    """The columns of views and tables, views first: relation, view, name, type."""
    return connection.execute(
        """
        SELECT
            table_name AS relation,
            list_contains($views, table_name) AS view,
            column_name AS name,
            data_type.replace('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ') AS type
        FROM duckdb_columns()
        WHERE database_name = $alias AND NOT internal
        ORDER BY NOT view, list_position($views, table_name), relation, column_index
        """,
        {"views": list(VIEWS), "alias": ALIAS},
    ).df()

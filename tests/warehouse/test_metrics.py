"""Every metric is an aggregate over its view, and says what it is."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.support.views import Views, minute, status
from warehouse import metrics
from warehouse.connection import Location, connect, create
from warehouse.metrics import METRICS, Metric
from warehouse.views import VIEWS


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with one message of each outcome and price."""
    with connect(Location.under(tmp_path_factory.mktemp("warehouse"))) as connection:
        create(connection)
        regular = {"category": "utility", "pricing_type": "regular"}
        free = {"category": "service", "pricing_type": "free_customer_service"}
        talk = {"conversation_id": "c1", "origin": "utility", "pricing_model": "CBP"}
        rows = [
            ("read", regular),
            ("delivered", free | talk),
            ("delivered", {}),
            ("failed", {"error_code": 131026}),
            ("sent", {}),
        ]
        Views(connection).add(
            *(
                status(name, minute(n), message_id=str(n), **more)
                for n, (name, more) in enumerate(rows)
            )
        )
        Views(connection).add(
            {"received_at": minute(0), "source": "meta", "reason": "missing_id"},
            table="dead_letters",
        )
        yield connection


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_has_title_unit_and_help(metric: Metric) -> None:
    assert metric.relation in VIEWS
    assert metric.title[0].isupper()
    assert metric.help.endswith(".")
    assert "  " not in metric.help + metric.sql
    if metric.of:
        assert METRICS[metric.of].relation == metric.relation


@pytest.mark.parametrize("metric", [m for m in METRICS.values() if m.unit == "share"])
def test_a_share_is_one_metric_of_another(metric: Metric) -> None:
    assert metric.sql == f"{metric.part} / {metric.of}"
    assert METRICS[metric.part].of == metric.of


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        (
            "outcome_counts",
            {
                "messages": 5,
                "sent": 0,
                "delivered": 3,
                "read": 1,
                "failed": 1,
                "no_outcome": 1,
                "delivery_rate": 0.6,
                "read_rate": 0.2,
                "failure_rate": 0.2,
            },
        ),
        ("conversations", {"conversations": 1}),
        ("billing", {"units": 3, "billable_units": 1, "free_units": 1, "unknown_units": 1}),
        ("dead_letter_counts", {"dead_letters": 1}),
    ],
)
def test_the_metrics_of_a_view(
    connection: duckdb.DuckDBPyConnection, relation: str, expected: dict[str, float]
) -> None:
    sql = f"SELECT {metrics.columns(relation)} FROM {relation}"
    assert Views(connection).row(sql) == expected


def test_without_rows_metrics_are_zero_and_shares_null(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for relation in {metric.relation for metric in METRICS.values()}:
        nothing = f"{relation}('2020-01-01', '2020-01-02')"
        row = Views(connection).row(f"SELECT {metrics.columns(relation)} FROM {nothing}")
        for name, value in row.items():
            if METRICS[name].unit == "share":
                assert value is None or value != value
            else:
                assert value == 0


def test_the_view_delivery_has_them_by_hour(connection: duckdb.DuckDBPyConnection) -> None:
    row = Views(connection).row("SELECT * EXCLUDE (hour) FROM delivery WHERE category = 'utility'")
    assert row["messages"] == row["read"] == row["delivery_rate"] == 1
    assert {m.name for m in METRICS.values() if m.relation == "outcome_counts"} <= set(row)


def test_the_warehouse_has_them_as_a_table(connection: duckdb.DuckDBPyConnection) -> None:
    rows = Views(connection).rows("FROM metrics")
    assert [row["name"] for row in rows] == list(METRICS)
    assert rows[1]["help"] == METRICS["sent"].help

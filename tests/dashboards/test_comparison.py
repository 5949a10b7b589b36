"""With which period before a period is compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboards import queries
from dashboards.selection import Choice, selection_at
from tests.support.views import Views, status
from tests.warehouse.views.conftest import connection, views

__all__ = ["connection", "views"]

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(("days", "covered"), [(0.5, True), (20, True), (34.9, True), (36, False)])
def test_the_traffic_before_it_may_be_five_weeks_ago(
    views: Views, days: float, covered: bool
) -> None:
    selection = selection_at(Choice("7d"), NOW)
    views.add(status("delivered", selection.before - timedelta(days=days)))
    assert queries.overview(views.connection, selection).before.covered is covered

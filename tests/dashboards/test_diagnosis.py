"""The page Overview says what is wrong now, in the words of `bluetick diagnose`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components import formats
from tests.support.dashboard import Opened, filled
from tests.support.paused_template import OTHER, SLOW, paused_template

pytestmark = pytest.mark.slow
SENTENCE = "Campaign spring-sale: 30 of 30 messages failed"
LATE = f"Number +{SLOW}: deliveries are slow"


@pytest.fixture(scope="module")
def paused(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of a warehouse with two incidents."""
    traffic = paused_template(datetime.now(UTC), slow=True)
    return filled(tmp_path_factory.mktemp("paused"), traffic)


def says(opened: AppTest, text: str) -> list[str]:
    """The texts of the page that have this one, which stands there with its signs escaped."""
    return [each.value for each in opened.markdown if formats.escaped(text) in each.value]


def test_the_overview_says_what_is_wrong_with_a_link_to_it(app: Opened, paused: Path) -> None:
    opened = app.on(paused)

    assert not opened.exception
    (said,) = says(opened, SENTENCE)
    assert says(opened, LATE)
    assert "was paused because of low quality" in said
    assert "What to do:" in said
    (link,) = [each for each in opened.get("page_link") if "Campaigns" in each.proto.label]
    assert link.proto.query_string == "campaign=spring-sale"


def test_it_says_only_what_concerns_the_chosen_number(app: Opened, paused: Path) -> None:
    opened = app.on(paused, number=OTHER)

    assert not opened.exception
    assert says(opened, SENTENCE)  # a campaign can be of any number
    assert not says(opened, LATE)

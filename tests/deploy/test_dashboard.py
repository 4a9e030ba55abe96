"""The dashboard shows what the roles export, wherever it is loaded."""

import json
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from tests.deploy.containerfile import ROOT
from tests.deploy.exported import exported
from tests.deploy.promql import unknown

WIDTH = 24


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    text = (ROOT / "deploy" / "monitoring" / "dashboard.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    """Each query, with Grafana's variable as Prometheus gets it."""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "1m")


def test_each_query_asks_for_what_is_exported(dashboard: dict[str, Any]) -> None:
    metrics = exported()
    wrong = {query: unknown(query, metrics) for query in expressions(dashboard)}
    assert {query: names for query, names in wrong.items() if names} == {}


def test_every_metric_of_ours_is_shown(dashboard: dict[str, Any]) -> None:
    """But those of Python's counters, which say when they began."""
    queries = "\n".join(expressions(dashboard))
    left_out = ("_created", "_sum", "_count")
    metrics = {name for name in exported() if not name.endswith(left_out)}
    assert {name for name in metrics if name not in queries} == set()


def test_the_source_of_data_is_chosen_where_it_is_loaded(dashboard: dict[str, Any]) -> None:
    """A fixed one would be somebody else's."""
    [variable] = dashboard["templating"]["list"]
    assert (variable["name"], variable["type"]) == ("datasource", "datasource")
    for panel in panels(dashboard):
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert all(one["uid"] == "${datasource}" for one in sources), panel["title"]


def test_panels_lie_beside_each_other(dashboard: dict[str, Any]) -> None:
    """Each has its id, its explanation and its place, within Grafana's 24 columns."""
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    assert all(panel["description"] for panel in panels(dashboard))
    places = [set(_cells(panel["gridPos"])) for panel in dashboard["panels"]]
    assert all(column < WIDTH for place in places for column, _ in place)
    assert not any(one & other for one, other in combinations(places, 2))


def _cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for column in range(place["x"], place["x"] + place["w"]):
        for line in range(place["y"], place["y"] + place["h"]):
            yield column, line

"""Each alert rule is PromQL over what the roles export, and says what to do."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from tests.deploy.containerfile import ROOT
from tests.deploy.exported import Exported, exported
from tests.deploy.promql import unknown
from tests.waits import LONGEST_WAIT_S

MONITORING = ROOT / "deploy" / "monitoring"
DURATION = re.compile(r"\d+[smhd]")
LABEL = re.compile(r"\{\{ \$labels\.(\w+) \}\}")
PROMTOOL = shutil.which("promtool")
WORRIES = {
    "lag": "stammkunde_worker_lag_records",
    "timer delay": "stammkunde_worker_timer_delay_seconds",
    "clock held up": "stammkunde_worker_clock_held_up_seconds",
    "dead letters": "stammkunde_worker_dead_letters_total",
    "delivery backlog": "stammkunde_delivery_backlog_age_seconds",
    "fencing": "stammkunde_worker_fencings_total",
}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture(scope="module")
def metrics() -> Exported:
    return exported()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_a_rule_asks_for_what_is_exported(rule: dict[str, Any], metrics: Exported) -> None:
    assert unknown(rule["expr"], metrics) == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_a_rule_has_the_fields_that_prometheus_takes(rule: dict[str, Any]) -> None:
    """It refuses the whole file for a field that it does not know."""
    assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert DURATION.fullmatch(rule.get("for", "0s"))
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"].keys() == {"summary", "description"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_a_sentence_names_only_labels_that_the_result_has(rule: dict[str, Any]) -> None:
    """What `by` leaves out would be empty in the sentence."""
    named = LABEL.findall("".join(rule["annotations"].values()))
    assert all(f"by ({label})" in rule["expr"] for label in named)


def test_names_are_not_used_twice() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("worry", WORRIES)
def test_there_is_a_rule_for(worry: str) -> None:
    assert any(WORRIES[worry] in rule["expr"] for rule in rules())


def test_an_expression_that_is_wrong_is_noticed(metrics: Exported) -> None:
    """Else the tests above would prove nothing."""
    assert unknown("rate(stammkunde_worker_recrods_total[5m])", metrics) == [
        "stammkunde_worker_recrods_total"
    ]
    assert unknown("sum by (rule) (stammkunde_worker_rows)", metrics) == ["rule"]
    assert unknown('stammkunde_worker_rows{topic="x"} > 1', metrics) == ["topic"]
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        unknown("sum(rate(stammkunde_worker_rows[5m])", metrics)


def test_prometheus_reads_the_rules_beside_it() -> None:
    there = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())
    assert [(MONITORING / name).exists() for name in there["rule_files"]] == [True]


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool: Debian's `prometheus` has it")
def test_prometheus_itself_takes_the_rules_and_its_configuration() -> None:
    """It reads the expressions by its own parser, and the sentences as templates."""
    for words in (["rules", "alerts.yaml"], ["config", "--syntax-only", "prometheus.yaml"]):
        done = subprocess.run(
            [str(PROMTOOL), "check", *words],
            cwd=MONITORING,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_WAIT_S,
        )
        assert done.returncode == 0, done.stdout + done.stderr

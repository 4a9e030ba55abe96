"""What can be said of the Helm chart without Helm."""

import json
import re
import tomllib
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from pydantic import ValidationError

from services.platform.settings import Settings
from tests.deploy.chart import CHART, EVERYTHING, LEAST, ON_A_VOLUME, defaults, merged
from tests.deploy.containerfile import ROOT
from tests.deploy.known import check_command, variables

TEMPLATES = sorted((CHART / "templates").iterdir())
TEXT = "\n".join(path.read_text() for path in TEMPLATES)
VALUE = re.compile(r"\.Values((?:\.\w+)+)")


def faults(values: dict[str, Any]) -> list[str]:
    """What the chart's schema has against these values, laid over its own."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    Draft7Validator.check_schema(schema)
    return [one.message for one in Draft7Validator(schema).iter_errors(merged(defaults(), values))]


def test_the_chart_is_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert chart["apiVersion"] == "v2"
    assert chart["appVersion"] == project["version"]


@pytest.mark.parametrize(
    "values", [LEAST, EVERYTHING, ON_A_VOLUME], ids=["least", "everything", "volume"]
)
def test_its_values_are_what_the_schema_says(values: dict[str, Any]) -> None:
    assert faults(values) == []


@pytest.mark.parametrize(
    "values",
    [
        {"existingSecret": ""},
        {**LEAST, "wroker": {}},
        {**LEAST, "worker": {"replicas": 0}},
        {**LEAST, "partitions": "8"},
        {**LEAST, "settings": {"KAFKA_BOOTSTRAP_SERVER": "kafka:9092"}},
        {**LEAST, "settings": {"STAMMKUNDE_KAFKA_SASL_PASSWORD": "hunter2"}},
        {**LEAST, "settings": {"STAMMKUNDE_ERASURE_SALT": "0123456789abcdef"}},
        {**LEAST, "api": {"ingress": {"enabled": True}}},
        {**LEAST, "image": {"digest": "latest"}},
        {**LEAST, "scratch": {"tmp": ""}},
        {**LEAST, "networkPolicy": {"kafka": {"ports": []}}},
        {**LEAST, "settings": {"REDIS_URL": "redis://:hunter2@redis:6379/0"}},
        {**LEAST, "settings": {"STAMMKUNDE_API_HOST": "127.0.0.1"}},
        {**LEAST, "settings": {"STAMMKUNDE_ARCHIVE": "s3://bucket"}},
        {**LEAST, "archive": {"bucket": "gs://bucket"}},
        {**LEAST, "archive": {"days": 0}},
        {**LEAST, "archive": {"volume": {"size": "much"}}},
        {**LEAST, "archive": {"replicas": 2}},
    ],
    ids=[
        "no servers",
        "misspelt",
        "no worker",
        "wrong type",
        "misspelt setting",
        "password",
        "salt",
        "ingress for every host",
        "no digest",
        "scratch without a limit",
        "no port of Kafka",
        "password in URL",
        "what the chart sets",
        "archive that the chart sets",
        "no bucket",
        "no days",
        "no size",
        "two archives",
    ],
)
def test_wrong_values_are_refused(values: dict[str, Any]) -> None:
    assert faults(values) != []


def test_a_secret_may_be_named_by_its_file() -> None:
    """A volume of somebody's own has it, say."""
    settings = {"STAMMKUNDE_ERASURE_SALT_FILE": "/vault/salt", "REDIS_URL_FILE": "/vault/redis"}
    assert faults({**LEAST, "settings": settings}) == []


def test_a_template_asks_only_for_values_that_there_are() -> None:
    """Helm renders a misspelt one as nothing, without a word."""
    for path in VALUE.findall(TEXT):
        there: Any = defaults()
        for name in path.strip(".").split("."):
            if there == {} and path.startswith(".settings."):
                assert name in variables()
                break
            assert name in there, f".Values{path}"
            there = there[name]


def test_a_template_includes_only_what_is_defined() -> None:
    defined = set(re.findall(r'define "([\w.]+)"', TEXT))
    assert set(re.findall(r'include "([\w.]+)"', TEXT)) == defined


def test_each_role_is_a_command() -> None:
    roles = [line.split(", ") for line in re.findall(r"args: \[(.+)\]", TEXT)]
    assert sorted(roles) == [
        ["api"],
        ["archive"],
        ["delivery"],
        ["projector"],
        ["topics", "create"],
        ["worker"],
    ]
    for role in roles:
        check_command(role)


def test_each_setting_is_one() -> None:
    named = set(re.findall(r"name: (STAMMKUNDE_\w+)", TEXT))
    assert named
    assert named <= variables()


def test_the_bucket_is_what_the_settings_take() -> None:
    """The schema and the settings read the same text by an expression of their own."""
    for place in (
        "s3://bucket",
        "s3://bucket/some/prefix/",
        "s3://b",
        "s3://Bucket",
        "gs://bucket",
    ):
        taken = faults({**LEAST, "archive": {"bucket": place}}) == []
        try:
            settings = Settings(archive=place)
        except ValidationError:
            assert not taken, place
        else:
            assert taken, place
            assert settings.archive == place


def test_alerts_and_dashboard_are_the_ones_beside_the_chart() -> None:
    """A link: Helm reads only what is in the chart's folder."""
    for name in re.findall(r'Files\.Get "([\w./]+)"', TEXT):
        assert (CHART / name).resolve().parent == ROOT / "deploy" / "monitoring"
        assert (CHART / name).exists()

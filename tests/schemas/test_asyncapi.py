"""The AsyncAPI document: valid by AsyncAPI's own schema, whole, and leading to files that exist.

That schema comes from the npm package `@asyncapi/specs`, by the lock in `asyncapi/`.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from schemas.cloud_event import trigger_headers
from schemas.publish import FOLDER, out_of_step
from schemas.topics import catalogue
from tests.npm import install

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Draft7Validator:
    """AsyncAPI's own schema."""
    packages = install(HERE / "asyncapi", tmp_path_factory.mktemp("asyncapi"))
    schema = packages / "@asyncapi" / "specs" / "schemas" / "3.0.0-without-$id.json"
    return Draft7Validator(json.loads(schema.read_text("utf-8")))


@pytest.fixture
def document() -> dict[str, Any]:
    """The document as it is published."""
    found: dict[str, Any] = json.loads((FOLDER / "asyncapi.json").read_text("utf-8"))
    return found


def test_it_is_valid_by_asyncapis_own_schema_and_up_to_date(
    document: dict[str, Any], validator: Draft7Validator
) -> None:
    """Which does see what is wrong."""
    validator.validate(document)
    assert "asyncapi.json" not in out_of_step()
    document["channels"]["shop.events.v1"]["bindings"]["kafka"]["partitions"] = "eight"
    document["operations"]["take-shop.events.v1"]["action"] = "read"
    assert not validator.is_valid(document)


def test_it_has_every_topic_that_is_not_internal(document: dict[str, Any]) -> None:
    """With what is done with it, and for how long it is kept."""
    public = {each.name: each for each in catalogue("a") if "internal" not in each.value}
    assert set(document["channels"]) == set(public)
    actions = {
        each["channel"]["$ref"].removeprefix("#/channels/"): each["action"]
        for each in document["operations"].values()
    }
    assert actions == {
        **dict.fromkeys(("shop.events.v1", "social.events.v1", "support.events.v1"), "receive"),
        "journey.clock.v1": "receive",
        "customer.transitions.v1": "send",
        "retention.triggers.v1": "send",
        "retention.held.v1": "send",
        "journey.dead-letters.v1": "send",
        "access.audit.v1": "send",
        "retention.policies.v1": "send",
    }
    for name, channel in document["channels"].items():
        binding, config = channel["bindings"]["kafka"]["topicConfiguration"], public[name].config()
        assert binding["cleanup.policy"] == [config["cleanup.policy"]]
        kept = binding.get("retention.ms")
        assert config.get("retention.ms") == (None if kept is None else str(kept))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """Into the document, or to a JSON Schema file beside it."""
    for reference in references(document):
        if reference.startswith("#/"):
            found: Any = document
            for name in reference.removeprefix("#/").split("/"):
                found = found[name]
            assert found
        else:
            Draft202012Validator.check_schema(json.loads((FOLDER / reference).read_text("utf-8")))


def test_a_triggers_headers_are_as_they_are_sent(document: dict[str, Any]) -> None:
    """All of them are there, and no others."""
    schema = document["components"]["messages"]["retention.triggers.v1"]["headers"]
    sent = dict(trigger_headers("t-1", datetime(2026, 1, 1, tzinfo=UTC)))
    Draft202012Validator(schema).validate({name: value.decode() for name, value in sent.items()})
    assert sent["ce_time"] == b"2026-01-01T00:00:00Z"
    assert set(sent) == set(schema["required"]) == set(schema["properties"])


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)

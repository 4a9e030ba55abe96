"""Each contract has golden examples, and they are what it says."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from schemas import publish
from schemas.dimensions import Dimension
from schemas.messages import KNOWN_EVENTS, SOURCE_MESSAGE
from schemas.policy import Policy, load_policy
from schemas.policy.care import CARES, ServiceRecovery
from schemas.policy.occasions.when import KINDS
from schemas.publish import CONTRACTS, FOLDER
from tests.schemas.examples import FOLDER as EXAMPLES
from tests.schemas.examples import PATHS, messages, read

WRITTEN = [
    name
    for name in PATHS
    if name.split("/")[0] == "journey.clock.v1"
    or CONTRACTS[name.split("/")[0]].mode == "serialization"
]


def schema(contract: str) -> Draft202012Validator:
    """The published schema of a contract."""
    return Draft202012Validator(json.loads((FOLDER / f"{contract}.schema.json").read_text("utf-8")))


def test_every_contract_has_an_example_and_every_example_a_contract() -> None:
    """An orphan of either kind is a mistake."""
    assert {name.split("/")[0] for name in PATHS} == set(CONTRACTS)


def test_there_is_nothing_but_examples_in_their_folder() -> None:
    """A file in the wrong place would never be looked at."""
    assert {path for path in EXAMPLES.rglob("*") if path.is_file()} == set(PATHS.values())


@pytest.mark.parametrize("name", PATHS)
def test_an_example_is_valid_in_pydantic(name: str) -> None:
    """As bytes, which is how it travels."""
    CONTRACTS[name.split("/", maxsplit=1)[0]].adapter.validate_json(PATHS[name].read_bytes())


@pytest.mark.parametrize("name", PATHS)
def test_an_example_is_valid_by_the_published_schema(name: str) -> None:
    """Which is all that a stranger has."""
    schema(name.split("/", maxsplit=1)[0]).validate(read(name))


@pytest.mark.parametrize("name", WRITTEN)
def test_what_stammkunde_writes_survives_being_read_and_written(name: str) -> None:
    """No field is lost, renamed or reformatted."""
    adapter = CONTRACTS[name.split("/", maxsplit=1)[0]].adapter
    content = adapter.validate_json(PATHS[name].read_bytes())

    assert json.loads(adapter.dump_json(content, by_alias=True)) == read(name)


@pytest.mark.parametrize("name", messages())
def test_no_field_of_an_example_message_is_passed_over(name: str) -> None:
    """A misspelt optional field would be ignored in silence."""
    message = SOURCE_MESSAGE.validate_json(PATHS[name].read_bytes())

    assert_within(read(name), message.model_dump(mode="json", by_alias=True))


def assert_within(written: Any, understood: Any) -> None:
    """Every name in `written` is one of `understood`."""
    if isinstance(written, dict):
        assert written.keys() <= understood.keys()
        for name, value in written.items():
            assert_within(value, understood[name])
    elif isinstance(written, list):
        assert len(written) == len(understood)
        for left, right in zip(written, understood, strict=True):
            assert_within(left, right)


@pytest.mark.parametrize("kind", ["identify", "alias"])
@pytest.mark.parametrize("contract", ["shop.events.v1", "social.events.v1", "support.events.v1"])
def test_identify_and_alias_go_into_any_source_topic(kind: str, contract: str) -> None:
    """Whoever learns who somebody is may say so."""
    content = read(f"shop.events.v1/{kind}")

    schema(contract).validate(content)
    CONTRACTS[contract].adapter.validate_python(content)


def test_message_ids_of_examples_are_unique() -> None:
    """They could be sent together, and each would count."""
    ids = [message["messageId"] for message in messages().values()]

    assert len(set(ids)) == len(ids)


def test_there_are_triggers_by_a_transition_and_by_an_event() -> None:
    """Exactly one of both is there."""
    triggers = [read(name) for name in PATHS if name.startswith("retention.triggers.v1/")]

    assert all((each["transition"] is None) != (each["event"] is None) for each in triggers)
    assert {each["transition"] is None for each in triggers} == {True, False}


def test_there_is_a_transition_of_every_dimension_and_by_a_join() -> None:
    """Segment, stage, tier and care; by an event, by the clock, and by a merge."""
    transitions = [read(name) for name in PATHS if name.startswith("customer.transitions.v1/")]

    assert {each["dimension"] for each in transitions} == {str(each) for each in Dimension}
    assert {each["cause"] for each in transitions} >= {"event", "clock", "merge"}
    assert {each["to"] for each in transitions if each["dimension"] == "care"} == set(CARES)


def test_there_is_a_trigger_that_had_waited_and_one_in_quiet_hours() -> None:
    """Who had to wait says what for; the end of the quiet hours comes after its instant."""
    triggers = [read(name) for name in PATHS if name.startswith("retention.triggers.v1/")]
    waited = [
        each for each in triggers if each["event"] and each["event"]["event"] not in KNOWN_EVENTS
    ]
    quiet = [each for each in triggers if each["not_before"]]

    assert [each["event"]["event"] for each in waited] == ["segment at_risk"] * 2
    assert [each.get("released_by") for each in waited] == [None, "marketing"]
    assert all(each["event"]["at"] < each["effective_at"] for each in waited)
    assert quiet
    assert all(each["effective_at"] < each["not_before"] for each in quiet)
    assert all(0 <= each["fit"] <= 1 for each in triggers)


def test_there_is_a_customer_with_a_journey_and_one_with_what_waits() -> None:
    """No new field of the customer is shown empty only."""
    customers = [read(name) for name in PATHS if name.startswith("customer/")]

    for field in ("traits", "waiting", "rules", "fit", "unanswered", "stage_since"):
        assert any(each[field] for each in customers), field
    for field in ("channels", "touchpoints", "research"):
        assert any(each["journey"][field] for each in customers), field


def test_the_rules_are_explained_in_every_state() -> None:
    """With the facts that met or missed a condition."""
    explained = [read(name) for name in PATHS if name.startswith("rule-explanation/")]

    assert {each["state"] for each in explained} == {
        "fired",
        "resting",
        "held",
        "waiting",
        "idle",
    }
    assert any(case["conditions"] for each in explained for case in each["cases"])
    assert all(each["cases"] for each in explained)


def test_the_example_policy_uses_everything_that_there_is() -> None:
    """Every section, every occasion, every kind of score that opens a case."""
    example = read("policy/corner-shop")
    cases = [case for each in example["rules"] for case in each["cases"]]

    assert example.keys() == Policy.model_fields.keys()
    assert example["service_recovery"].keys() == ServiceRecovery.model_fields.keys()
    assert {next(iter(case["when"])) for case in cases} == set(KINDS)


def test_the_default_policy_is_valid_by_the_published_schema() -> None:
    """So an editor can check a policy while it is written."""
    text = (Path(publish.__file__).parent / "policy" / "default.yaml").read_text("utf-8")

    schema("policy").validate(yaml.safe_load(text))


def test_the_example_policy_can_be_loaded_as_it_is() -> None:
    """JSON is YAML."""
    policy = load_policy(PATHS["policy/corner-shop"])

    assert policy.currency == "CHF"
    assert policy.segments.names == {"stranger", "regular", "passer_by", "missed"}


BROKEN = [
    ("shop.events.v1/order-completed", "event", "Order Forgotten"),
    ("shop.events.v1/order-completed", "type", "page"),
    ("shop.events.v1/order-completed", "properties", {"order_id": "o-1", "total": -1}),
    ("shop.events.v1/product-reviewed", "properties", {"rating": 6}),
    ("shop.events.v1/order-completed", "context", {"channel": "fax"}),
    ("social.events.v1/social-followed", "properties", {"network": "myspace"}),
    ("support.events.v1/survey-answered", "properties", {"survey": "ces", "score": 3}),
    ("journey.clock.v1/end-of-replay", "now", 899251200),
    ("customer.transitions.v1/first-order", "dimension", "mood"),
    ("retention.triggers.v1/service-recovery-by-complaint", "action", {"kind": "shrug"}),
    ("retention.held.v1/by-a-changed-policy", "status", "forgotten"),
    ("journey.dead-letters.v1.headers/unknown-currency", "source-offset", "many"),
    ("policy/corner-shop", "window", "P365D"),
    ("policy/corner-shop", "colour", "red"),
    ("policy/corner-shop", "stages", []),
    ("policy/corner-shop", "tiers", [{"name": "A grade"}]),
    ("policy/corner-shop", "frequency_caps", [{"at_most": 0, "within": "7 days"}]),
    ("policy/corner-shop", "quiet_hours", {"from": 1200, "to": "08:00"}),
    ("policy/corner-shop", "quiet_hours", {"start": "20:00", "end": "08:00"}),
    ("policy/corner-shop", "rest_after", 13),
    ("policy/corner-shop", "service_recovery", {"review_at_most": 2}),
    ("policy/corner-shop", "ideal_customer", {"raises_priority_from": 0, "traits": []}),
    ("customer/at-risk", "waiting", [{"rule": "win_back"}]),
    ("rule-explanation/held", "cases", [{"when": 7}]),
]


@pytest.mark.parametrize(("name", "field", "value"), BROKEN)
def test_both_schema_and_pydantic_refuse_a_broken_example(
    name: str, field: str, value: object
) -> None:
    """A schema that takes everything would pass all the tests above."""
    contract = name.split("/", maxsplit=1)[0]
    broken = json.dumps(read(name) | {field: value})

    assert not schema(contract).is_valid(json.loads(broken))
    with pytest.raises(ValueError, match="validation error"):
        CONTRACTS[contract].adapter.validate_json(broken)

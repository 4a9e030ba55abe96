"""Over the whole catalogue: no value of a field that decides nothing changes what happens.

The fields come from the contracts, so that a new event is covered by itself.
"""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.messages.catalogue import MODEL_OF
from schemas.messages.reading import IGNORED_PATHS, known_path, read_message
from schemas.messages.reading.passed_over import side_paths
from tests.schemas.examples import messages
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import RECEIVED, both, outcome
from topology.domain.history.event import Event

EXAMPLES = {name: each | {"timestamp": "2026-11-20T10:15:00Z"} for name, each in messages().items()}

NUMBERS = st.sampled_from([0, -1, 0.1, 1e400, float("nan"), 10**40, 2**63, -(2**70), True])
TEXTS = st.sampled_from(["", " ", "undefined", "\x00", "half \ud83d", "1,50", "x" * 300, "Web"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "product_id", "price"]), inner)
    ),
    max_leaves=6,
)


def model_of(message: dict[str, Any]) -> Any:
    return MODEL_OF[message["event"] if message["type"] == "track" else message["type"]]


def side_of(message: dict[str, Any]) -> list[str]:
    """The paths whose values decide nothing, but for those whose words mean something, if readable.

    A container that holds what decides, and the channel, traits and external ids, say something.
    """
    model, deciding = model_of(message), {"purpose", "ticket_id"}
    paths = [path for path in side_of_any(message) if path not in SPEAK and path != "properties"]
    properties = model.model_fields.get("properties")
    inner = None if properties is None else properties.annotation
    resolved = message.get("event") == "Complaint Resolved"
    if inner is not None and properties is not None and not properties.is_required():
        known = set(inner.model_fields) & deciding
        if not known or (known == {"ticket_id"} and not resolved):
            paths.append("properties")
    return paths


def side_of_any(message: dict[str, Any]) -> list[str]:
    """The paths of side fields. Of a refund that has no total the products decide."""
    paths = side_paths(model_of(message))
    if message.get("event") != "Order Refunded" or "total" in message["properties"]:
        return list(paths)
    return [path for path in paths if not path.startswith("properties.products")]


SPEAK = {"context", "context.channel", "context.externalIds", "context.externalIds.type", "traits"}
UNKNOWN = ["integrations", "context.page", "properties.more", "context.device.id", "_metadata"]
PLACES = [
    (name, path)
    for name, message in EXAMPLES.items()
    for path in [*side_of(message), *UNKNOWN]
    if message["type"] == "track" or not path.startswith("properties")
]
EVERY_SIDE = [(name, path) for name, message in EXAMPLES.items() for path in side_of_any(message)]


def with_value(message: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with a value at a path; in a list, in its first item. What is in the way goes."""
    changed = copy.deepcopy(message)
    place: dict[str, Any] = changed
    *parents, last = path.split(".")
    for step in parents:
        inner = place.get(step)
        if step in {"products", "externalIds"}:
            first = inner[0] if isinstance(inner, list) and inner else None
            item = first if isinstance(first, dict) else {"id": "k"}
            place[step] = [item, *(inner[1:] if isinstance(inner, list) else [])]
            place = item
        else:
            inside = inner if isinstance(inner, dict) else {}
            place[step] = inside
            place = inside
    place[last] = value
    return changed


@settings(fuzzed, max_examples=1500)
@given(st.sampled_from(PLACES), VALUES)
def test_no_value_of_any_other_field_changes_what_happens(
    place: tuple[str, str], value: Any
) -> None:
    name, path = place
    found, _ = both(with_value(EXAMPLES[name], path, value))
    plain, ignored = both(EXAMPLES[name])
    assert ignored == ()
    assert outcome(found) == outcome(plain)


@settings(fuzzed, max_examples=1500)
@given(st.sampled_from(EVERY_SIDE), VALUES)
def test_no_value_of_a_side_field_refuses_a_message(place: tuple[str, str], value: Any) -> None:
    """Whatever stands in it; of what decides inside, an object may say something else."""
    name, path = place
    if path == "properties" and isinstance(value, dict):
        return
    found, ignored = both(with_value(EXAMPLES[name], path, value))
    assert isinstance(found, Event), found
    assert set(map(known_path, ignored)) <= IGNORED_PATHS


def leaves(message: dict[str, Any], before: str = "") -> list[str]:
    """The paths of all fields of a message, containers among them."""
    found = []
    for name, each in message.items():
        found.append(f"{before}{name}")
        if isinstance(each, dict) and name != "traits":
            found += leaves(each, f"{before}{name}.")
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_null_is_as_good_as_a_field_that_is_left_out(name: str) -> None:
    for path in leaves(EXAMPLES[name]):
        null = with_value(EXAMPLES[name], path, None)
        absent = copy.deepcopy(null)
        place: Any = absent
        *parents, last = path.split(".")
        for step in parents:
            place = place[step]
        del place[last]
        found, ignored = both(null)
        plain, passed_over = both(absent)
        assert outcome(found) == outcome(plain), path
        assert ignored == passed_over


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_in_the_contract_s_form_is_left_as_it_is(name: str) -> None:
    reading = read_message(EXAMPLES[name], RECEIVED)
    assert reading.ignored == ()
    assert reading.content == EXAMPLES[name]


@settings(fuzzed, max_examples=500)
@given(st.sampled_from(PLACES), VALUES, st.sampled_from(PLACES), VALUES)
def test_reading_again_what_was_read_changes_nothing(
    place: tuple[str, str], value: Any, other: tuple[str, str], more: Any
) -> None:
    name, path = place
    message = with_value(EXAMPLES[name], path, value) | {"sentAt": "2026-11-21T00:00:00Z"}
    if other[1] in UNKNOWN:
        message = with_value(message, other[1], more) if message["type"] == "track" else message
    first = read_message(json.loads(json.dumps(message)), RECEIVED)
    again = read_message(first.content, RECEIVED)
    assert again.ignored == ()
    assert repr(again.content) == repr(first.content)
    assert repr(again.message) == repr(first.message)


def test_every_event_has_a_side_field_of_its_own_or_none_at_all() -> None:
    """The marker is found in every contract: the envelope's at least."""
    for model in MODEL_OF.values():
        assert {"context", "context.channel"} <= set(side_paths(model))

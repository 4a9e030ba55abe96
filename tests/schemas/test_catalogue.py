"""Every event has one line in the catalogue, with a contract that knows it, and an example."""

from typing import Any, get_args

import pytest

from schemas import topics
from schemas.messages.catalogue import (
    EVENT_TYPES,
    MODEL_OF,
    TOUCHPOINT_CODES,
    EventType,
    track_models,
)
from schemas.messages.envelope import Track
from tests.schemas.examples import messages


def named_by(model: type[Any]) -> tuple[str, ...]:
    """The events of a contract."""
    names: tuple[str, ...] = get_args(model.model_fields["event"].annotation)
    return names


def all_contracts(of: type[Track] = Track) -> set[type[Track]]:
    """Every contract of a track event, whether the catalogue has it or not."""
    below = {each for model in of.__subclasses__() for each in all_contracts(model)}
    return below | {each for each in of.__subclasses__() if "event" in each.model_fields}


def test_an_event_has_one_line() -> None:
    names = [each.name for each in EVENT_TYPES]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("line", EVENT_TYPES, ids=lambda each: each.name)
def test_the_contract_of_a_line_knows_its_event(line: EventType[Any]) -> None:
    contract: Any = line.model
    assert line.name in named_by(contract)
    assert MODEL_OF[line.name] is contract
    assert line.topic in topics.SOURCES


def test_an_event_that_a_contract_names_has_a_line() -> None:
    """A contract without a line would never be read."""
    assert all_contracts() == set(track_models())
    for model in track_models():
        for name in named_by(model):
            assert MODEL_OF[name] is model


@pytest.mark.parametrize("topic", topics.SOURCES)
def test_an_event_has_an_example_in_the_folder_of_its_topic(topic: str) -> None:
    """The examples are the contract: a name that changes in the catalogue has none."""
    named = {
        message["event"]
        for name, message in messages().items()
        if name.split("/")[0] == topic and message["type"] == "track"
    }

    assert named == {each.name for each in EVENT_TYPES if each.topic == topic}


def test_an_event_without_a_touchpoint_is_nobodys_act() -> None:
    """The customer is met by whatever they do."""
    assert [each.name for each in EVENT_TYPES if each.own_act and each.touchpoint is None] == []
    assert len(set(TOUCHPOINT_CODES.values())) == len(TOUCHPOINT_CODES)


def test_a_line_says_of_each_event_whether_it_is_an_act_and_a_touchpoint() -> None:
    """Forgotten, an act of the shop would count as a sign of life: so there is no default."""
    line: Any = EventType
    for decided in ({}, {"own_act": True}, {"touchpoint": 1}):
        with pytest.raises(TypeError, match="required keyword-only argument"):
            line("Gift Card Redeemed", topics.SHOP_EVENTS, track_models()[0], **decided)

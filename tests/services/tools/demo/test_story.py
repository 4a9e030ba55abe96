"""The story, through the heart alone: what comes of it is what was worked out by hand."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import pytest

from schemas.messages.catalogue import ACTION_DELIVERED, ACTION_RESPONDED, SOURCE_MESSAGE
from services.tools.demo.story import lines_of, read_story, story_script
from tests.services.tools.demo.story_by_hand import BY_HAND, Fate, Fired
from tests.services.tools.demo.story_by_oracle import expected_outcomes
from tests.topology.domain.life import BOOK, Life
from topology.domain.history.event import Event, event_in, is_of
from topology.domain.history.instant import from_datetime

STORY = read_story()


def events() -> dict[str, list[Event]]:
    """What happens to each of them, in time order."""
    read: dict[str, list[Event]] = defaultdict(list)
    for line in lines_of(STORY):
        message = SOURCE_MESSAGE.validate_json(line.value)
        assert message.profile is not None
        assert message.message_id is not None
        assert message.timestamp is not None
        at = from_datetime(message.timestamp)
        read[message.profile].append(event_in(message, message.profile, message.message_id, at))
    return read


@pytest.fixture(scope="module")
def lives() -> dict[str, Life]:
    """Each of them, at the end."""
    lives = {}
    for who, story in events().items():
        life = lives[who] = Life()
        for event in story:
            life.process(event)
        life.wait_until(from_datetime(STORY.until))
    return lives


@pytest.mark.parametrize("who", BY_HAND)
def test_everybody_s_fate_is_the_one_worked_out_by_hand(who: str, lives: dict[str, Life]) -> None:
    row = lives[who].row
    triggers = tuple(map(Fired.of, lives[who].triggers))
    assert Fate(triggers, row.segment, row.stage, row.tier, row.care) == BY_HAND[who]


def test_the_oracle_comes_to_the_same(lives: dict[str, Life]) -> None:
    verdict = expected_outcomes(trigger for life in lives.values() for trigger in life.triggers)
    fates = {
        who: Fate(
            tuple(
                Fired(f"{each.at:%Y-%m-%d %H:%M}", each.rule, each.template or "")
                for each in outcome.triggers
            ),
            **outcome.dimensions,
        )
        for who, outcome in verdict.customers.items()
    }
    assert fates == BY_HAND


def test_there_are_twelve_people(lives: dict[str, Life]) -> None:
    assert set(lives) == set(BY_HAND)
    assert len(lives) == 12


def test_the_story_has_every_case_of_every_rule() -> None:
    used = {each.template for fate in BY_HAND.values() for each in fate.triggers}
    assert used == {case.action.template for rule in BOOK.policy.rules for case in rule.cases}


def test_every_rule_fires_within_the_three_months() -> None:
    used = {
        each.rule for fate in BY_HAND.values() for each in fate.triggers if each.at >= "2026-07-01"
    }
    assert used == {rule.name for rule in BOOK.policy.rules}


def test_actions_name_triggers_that_were_raised_before(lives: dict[str, Life]) -> None:
    """Ids are hashes of a history: a change of the story can make those in it stale."""
    raised = {
        (who, trigger.trigger_id): trigger.effective_at
        for who, life in lives.items()
        for trigger in life.triggers
    }
    stale = []
    for who, story in events().items():
        for event in story:
            if is_of(event, ACTION_DELIVERED) or is_of(event, ACTION_RESPONDED):
                at = raised.get((who, event.properties.trigger_id))
                if at is None or from_datetime(at) > event.at:
                    stale.append((who, event.message_id, event.properties.trigger_id))
    assert not stale, {
        who: [(f"{each.effective_at:%F}", each.rule, each.trigger_id) for each in life.triggers]
        for who, life in lives.items()
        if who in {each for each, _, _ in stale}
    }


def test_every_topic_has_its_part() -> None:
    assert {line.topic for line in lines_of(STORY)} == {
        "shop.events.v1",
        "social.events.v1",
        "support.events.v1",
    }


def test_everything_is_recognised_and_in_time_order() -> None:
    lines = lines_of(STORY)
    assert all(line.recognised and line.key for line in lines)
    instants = [line.at for line in lines if line.at is not None]
    assert len(instants) == len(lines)
    assert instants == sorted(instants)
    assert instants[-1] < STORY.until


def test_nobody_is_met_in_two_topics_on_one_day() -> None:
    """Topics have no common order: only a tick in between makes one."""
    met: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for line in lines_of(STORY):
        day = line.at.date() if isinstance(line.at, datetime) else None
        met[line.key, day].add(line.topic)
    assert [each for each, topics in met.items() if len(topics) > 1] == []


def test_its_script_knows_somebody() -> None:
    script = story_script()
    assert script.example_customer in BY_HAND
    assert [*script.record()] == lines_of(STORY)

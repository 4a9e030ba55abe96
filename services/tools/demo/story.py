"""The story: twelve people, three months, and every rule of the default policy.

`story.yaml` tells it for people. This module makes source messages of it, for all three topics.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.messages import catalogue
from schemas.messages.envelope import Channel
from services.tools.demo.script import Script
from services.tools.replay.schedule import in_time_order
from services.tools.replay.source_lines import SourceLine, read_line

FILE: Final = Path(__file__).with_name("story.yaml")

PER_SECOND: Final = 3.0


def _minute(text: str) -> datetime:
    return datetime.strptime(f"{text} +0000", "%Y-%m-%d %H:%M %z").astimezone(UTC)


Minute = Annotated[datetime, BeforeValidator(_minute)]
"""An instant to the minute, in UTC."""


class StoryEvent(BaseModel):
    """An event of one person. Every other field is a property of the event."""

    model_config = ConfigDict(frozen=True, extra="allow")

    at: Minute
    what: str
    over: Channel = Channel.WEB


class Person(BaseModel):
    """A person of the story. Without an id, only the social handle is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: str | None = None
    character: str
    traits: dict[str, str] = Field(default_factory=dict)
    story: tuple[StoryEvent, ...] = Field(min_length=1)


class Story(BaseModel):
    """The people of the story, and the instant at which it ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    until: Minute
    people: tuple[Person, ...]


def read_story(file: Path = FILE) -> Story:
    """Read the story that comes with the package."""
    return Story.model_validate(yaml.safe_load(file.read_text("utf-8")))


def story_script() -> Script:
    """Make a script of the story."""
    story = read_story()
    lines = lines_of(story)
    return Script(lambda: lines, story.until, "message", PER_SECOND, "anna.kaufmann")


def lines_of(story: Story) -> list[SourceLine]:
    """Return the story as source messages, in time order."""
    messages = [message for person in story.people for message in _messages(person)]
    lines = (
        read_line(number, json.dumps(message).encode(), story.until)
        for number, message in enumerate(messages, start=1)
    )
    return [each.line for each in in_time_order(lines)]


def _messages(person: Person) -> Iterator[dict[str, Any]]:
    """Make the messages of one person: traits first, if there are any. Ids count up."""
    first = person.story[0]
    who = {"userId": person.user_id} if person.user_id else {}
    properties = first.model_extra or {}
    name = person.user_id or f"{properties['network']}:{properties['handle']}"
    if person.traits:
        at = f"{first.at:%FT%TZ}"
        identity = {"messageId": f"{name} 0", "timestamp": at, "traits": person.traits}
        yield {"type": "identify", **who, **identity}
    for number, event in enumerate(person.story, start=1):
        yield {
            "type": "track",
            "event": event.what,
            "messageId": f"{name} {number}",
            **who,
            "timestamp": f"{event.at:%FT%TZ}",
            "context": {"channel": event.over},
            "properties": _properties(event, f"{name} {number}"),
        }


def _properties(event: StoryEvent, name: str) -> dict[str, Any]:
    properties = dict(event.model_extra or {})
    if event.what != catalogue.ORDER_COMPLETED.name:
        return properties
    bought = [{"product_id": product, "quantity": 1} for product in properties["products"]]
    return {**properties, "order_id": name, "products": bought}

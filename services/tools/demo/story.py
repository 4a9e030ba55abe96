"""The story: twelve people, three months, and every rule of the default policy.

`story.yaml` is written for people; here it becomes source messages of all three topics.
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
from services.tools.replay.chronology import in_time_order
from services.tools.replay.line import SourceLine, read_line

FILE: Final = Path(__file__).with_name("story.yaml")

PER_SECOND: Final = 3.0


def _moment(text: str) -> datetime:
    return datetime.strptime(f"{text} +0000", "%Y-%m-%d %H:%M %z").astimezone(UTC)


Minute = Annotated[datetime, BeforeValidator(_moment)]
"""An instant to the minute, in UTC."""


class Happening(BaseModel):
    """Something that happens to somebody. What has no name here are the event's properties."""

    model_config = ConfigDict(frozen=True, extra="allow")

    at: Minute
    what: str
    over: Channel = Channel.WEB


class Somebody(BaseModel):
    """Somebody of the story. Without an id they are known by their social handle only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: str | None = None
    character: str
    traits: dict[str, str] = Field(default_factory=dict)
    story: tuple[Happening, ...] = Field(min_length=1)


class Story(BaseModel):
    """All of it, with the instant at which it ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    until: Minute
    people: tuple[Somebody, ...]


def read_story(file: Path = FILE) -> Story:
    """Read the story that comes with the package."""
    return Story.model_validate(yaml.safe_load(file.read_text("utf-8")))


def story_script() -> Script:
    """Make the story ready to be performed."""
    story = read_story()
    lines = lines_of(story)
    return Script(lambda: lines, story.until, "message", PER_SECOND, "anna.kaufmann")


def lines_of(story: Story) -> list[SourceLine]:
    """Return the story as source messages, in time order."""
    messages = [message for somebody in story.people for message in _messages(somebody)]
    lines = (
        read_line(number, json.dumps(message).encode(), story.until)
        for number, message in enumerate(messages, start=1)
    )
    return [each.line for each in in_time_order(lines)]


def _messages(somebody: Somebody) -> Iterator[dict[str, Any]]:
    """Who they are, if that is known, then what happens. Ids count up within one person."""
    first = somebody.story[0]
    who = {"userId": somebody.user_id} if somebody.user_id else {}
    properties = first.model_extra or {}
    name = somebody.user_id or f"{properties['network']}:{properties['handle']}"
    if somebody.traits:
        at = f"{first.at:%FT%TZ}"
        identity = {"messageId": f"{name} 0", "timestamp": at, "traits": somebody.traits}
        yield {"type": "identify", **who, **identity}
    for number, happening in enumerate(somebody.story, start=1):
        yield {
            "type": "track",
            "event": happening.what,
            "messageId": f"{name} {number}",
            **who,
            "timestamp": f"{happening.at:%FT%TZ}",
            "context": {"channel": happening.over},
            "properties": _properties(happening, f"{name} {number}"),
        }


def _properties(happening: Happening, name: str) -> dict[str, Any]:
    properties = dict(happening.model_extra or {})
    if happening.what != catalogue.ORDER_COMPLETED.name:
        return properties
    bought = [{"product_id": product, "quantity": 1} for product in properties["products"]]
    return {**properties, "order_id": name, "products": bought}

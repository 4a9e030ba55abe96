"""Whom a dead letter names, as far as it can be read."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from services.dead_letters.letter import DeadLetter
from services.replay.routing import profile_of


def customer_of(letter: DeadLetter) -> str | None:
    """The profile that the message is about, else its key."""
    return profile_of(_message_in(letter)) or _key_of(letter)


def names_in(letter: DeadLetter) -> frozenset[str]:
    """Every name of a customer in the message, and its key."""
    return frozenset(filter(None, (*_told(_message_in(letter)), _key_of(letter))))


def _told(message: Mapping[str, Any]) -> Iterator[str | None]:
    yield profile_of(message)
    for field in ("userId", "anonymousId", "previousId"):
        yield _text(message.get(field))
    context, properties = message.get("context"), message.get("properties")
    if isinstance(context, dict) and isinstance(context.get("externalIds"), list):
        for each in context["externalIds"]:
            if isinstance(each, dict):
                yield _text(each.get("id"))
    if isinstance(properties, dict) and properties.get("handle"):
        yield f"{properties.get('network')}:{properties['handle']}"


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _message_in(letter: DeadLetter) -> Mapping[str, Any]:
    try:
        said = json.loads(letter.value or b"")
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _key_of(letter: DeadLetter) -> str | None:
    try:
        return (letter.key or b"").decode() or None
    except UnicodeDecodeError:
        return None

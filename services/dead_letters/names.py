"""Whom a dead letter names, as far as it can be read."""

from collections.abc import Iterator
from typing import Any

from schemas.messages.reading import as_name, parse
from schemas.messages.reading.message import profile_in
from schemas.messages.spelling import NETWORKS, word
from services.dead_letters.letter import DeadLetter


def customer_of(letter: DeadLetter) -> str | None:
    """The profile that the message is about, else its key."""
    return profile_in(_message_in(letter)) or _key_of(letter)


def names_in(letter: DeadLetter) -> frozenset[str]:
    """Every name of a customer in the message, and its key."""
    return frozenset(filter(None, (*_told(_message_in(letter)), _key_of(letter))))


def _told(message: dict[str, Any]) -> Iterator[str | None]:
    yield profile_in(message)
    for field in ("userId", "anonymousId", "previousId"):
        yield _text(message.get(field))
    context, properties = message.get("context"), message.get("properties")
    if isinstance(context, dict):
        several, one = context.get("externalIds"), context.get("externalId")
        for each in (several if isinstance(several, list) else [several], one):
            for said in each if isinstance(each, list) else [each]:
                yield _text(said.get("id")) if isinstance(said, dict) else None
    if isinstance(properties, dict) and properties.get("handle"):
        network = word(properties.get("network"), NETWORKS)
        yield as_name(f"{network}:{properties['handle']}")


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return as_name(str(value))


def _message_in(letter: DeadLetter) -> dict[str, Any]:
    try:
        said = parse(letter.value or b"")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _key_of(letter: DeadLetter) -> str | None:
    try:
        return (letter.key or b"").decode() or None
    except UnicodeDecodeError:
        return None

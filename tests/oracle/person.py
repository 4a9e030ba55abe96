"""What customers have said of themselves, or others of them: newsletter, consent, traits, list."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from tests.oracle.heard import Heard
from tests.oracle.instant import Instant

MOST_TRAITS: Final = 50
LONGEST_NAME: Final = 64
LONGEST_TEXT: Final = 256


def is_on(heard: Iterable[Heard], on: str, off: str) -> bool:
    """True if the latest of two opposites is the first; at one time the other wins."""
    said = [(each.at, each.event == off) for each in heard if each.event in (on, off)]
    return bool(said) and not max(said)[1]


def is_on_the_list(heard: Iterable[Heard]) -> bool:
    """True if nothing that was said later took the customer off the list; at one time it wins."""
    on = [each.at for each in heard if each.event == "Customer Suppressed"]
    off = [each.at for each in heard if each.event == "Customer Unsuppressed"]
    return bool(on) and all(max(on) >= at for at in off)


def follows(heard: Sequence[Heard]) -> bool:
    """True if the customer follows on any network."""
    on, off = "Social Followed", "Social Unfollowed"
    said = [each for each in heard if each.event in (on, off)]
    return any(
        is_on([each for each in said if each.properties["network"] == network], on, off)
        for network in {each.properties["network"] for each in said}
    )


def agrees(said: Any) -> bool:
    """True for a yes."""
    return said is True or (isinstance(said, str) and said.lower() in ("true", "granted"))


def agreed_to(heard: Iterable[Heard], purpose: str) -> bool:
    """True if the latest word on a purpose, or on everything, is a yes; at one time no wins."""
    said: list[tuple[Instant, bool]] = []
    for each in heard:
        if each.event != "identify" or each.message["type"] != "identify":
            continue
        told = each.message.get("traits", {}).get("consent")
        words = told if isinstance(told, dict) else {"all": told}
        said += [
            (each.at, not agrees(words[name]))
            for name in (purpose, "all")
            if words.get(name) is not None
        ]
    return bool(said) and not max(said)[1]


def traits_told(heard: Iterable[Heard]) -> dict[str, Any]:
    """The latest value of each name; a name for which there is no room any more is left out."""
    said: dict[str, tuple[Instant, str, Any]] = {}
    for each in heard:
        if each.event != "identify" or each.message["type"] != "identify":
            continue
        for name, value in each.message.get("traits", {}).items():
            read = _read(name, value)
            if read is None or (name not in said and len(said) >= MOST_TRAITS):
                continue
            new = (each.at, json.dumps(read, ensure_ascii=False), read)
            if name not in said or new[:2] > said[name][:2]:
                said[name] = new
    return {name: value for name, (_, _, value) in said.items()}


def _read(name: str, value: Any) -> Any:
    """What is kept of a trait; None if nothing is."""
    if len(name) > LONGEST_NAME:
        return None
    if name == "consent" and isinstance(value, dict):
        return any(map(agrees, value.values()))
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else None
    return value if isinstance(value, bool | int | float) else None

"""What is stored about a person: newsletter, consent, traits, suppression list."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Final, TypeVar

from tests.oracle.instant import Instant
from tests.oracle.processed import ProcessedMessage

Word = TypeVar("Word", bound=tuple[Any, ...])

MOST_TRAITS: Final = 50
MOST_PURPOSES: Final = 20
LONGEST_NAME: Final = 64
LONGEST_TEXT: Final = 256


def is_on(processed: Iterable[ProcessedMessage], on: str, off: str) -> bool:
    """True if the latest of two opposites is the first; at one time the other wins."""
    matching = [(each.at, each.event == off) for each in processed if each.event in (on, off)]
    return bool(matching) and not max(matching)[1]


def is_on_the_list(processed: Iterable[ProcessedMessage]) -> bool:
    """True if nothing later took the customer off the list; at one time it wins."""
    on = [each.at for each in processed if each.event == "Customer Suppressed"]
    off = [each.at for each in processed if each.event == "Customer Unsuppressed"]
    return bool(on) and all(max(on) >= at for at in off)


def follows(processed: Sequence[ProcessedMessage]) -> bool:
    """True if the customer follows on any network."""
    on, off = "Social Followed", "Social Unfollowed"
    matching = [each for each in processed if each.event in (on, off)]
    return any(
        is_on([each for each in matching if each.properties["network"] == network], on, off)
        for network in {each.properties["network"] for each in matching}
    )


YES: Final = ("true", "granted", "yes", "1", "opted_in", "subscribed")
NO: Final = ("false", "denied", "no", "0", "opted_out", "unsubscribed", "revoked", "withdrawn")


def agrees(value: Any) -> bool | None:
    """True for a yes, False for a no, None for what is neither."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON knows one kind of number: 1.0 is 1.
    word = str(value).strip().lower() if isinstance(value, str | bool | int) else ""
    return True if word in YES else False if word in NO else None


def consent_of(
    processed: Iterable[ProcessedMessage], needed: str | None
) -> dict[str, tuple[Instant, bool]]:
    """Of each purpose the latest word, as (when, no); at one time no wins.

    There is room for so many of the latest, beside the one for all purposes and the one that is
    needed.
    """
    latest: dict[str, tuple[Instant, bool]] = {}
    for each in _introductions(processed):
        consent = each.message.get("traits", {}).get("consent")
        words = consent if isinstance(consent, dict) else {"all": consent}
        for purpose, word in words.items():
            yes = agrees(word)
            if yes is not None and 0 < len(purpose) <= LONGEST_NAME:
                new = (each.at, not yes)
                latest[purpose] = max(new, latest.get(purpose, new))
    return _with_room(latest, MOST_PURPOSES, {"all", needed})


def agreed_to(latest: dict[str, tuple[Instant, bool]], purpose: str) -> bool:
    """True if the latest word on a purpose, or on everything, is a yes; at one time no wins."""
    words = [latest[name] for name in (purpose, "all") if name in latest]
    return bool(words) and not max(words)[1]


def traits_of(processed: Iterable[ProcessedMessage], kept: Collection[str]) -> dict[str, Any]:
    """The latest value of each name but consent: so many of the latest, beside those kept."""
    latest: dict[str, tuple[Instant, str, Any]] = {}
    for each in _introductions(processed):
        for name, value in each.message.get("traits", {}).items():
            if name == "consent" or not _is_kept(name, value):
                continue
            new = (each.at, json.dumps(value, ensure_ascii=False), value)
            if name not in latest or new[:2] > latest[name][:2]:
                latest[name] = new
    return {name: value for name, (_, _, value) in _with_room(latest, MOST_TRAITS, kept).items()}


def _introductions(processed: Iterable[ProcessedMessage]) -> Iterable[ProcessedMessage]:
    return (each for each in processed if each.message["type"] == "identify")


def _with_room(latest: dict[str, Word], most: int, kept: Collection[str | None]) -> dict[str, Word]:
    """Those kept, and of the others the last; of one time those whose names come last."""
    others = sorted(((word[0], name) for name, word in latest.items() if name not in kept))
    lost = {name for _, name in others[: max(0, len(others) - most)]}
    return {name: word for name, word in latest.items() if name not in lost}


def _is_kept(name: str, value: Any) -> bool:
    """True if it is plain, and within bounds."""
    if len(name) > LONGEST_NAME or (isinstance(value, str) and len(value) > LONGEST_TEXT):
        return False
    if name == "birthday":
        return isinstance(value, str) and _is_date(value)
    return isinstance(value, str | bool | int | float)


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False

"""Read a message as it was sent into one of the contract."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from schemas.messages import catalogue
from schemas.messages.catalogue import MODEL_OF, SOCIAL_EVENTS, SOURCE_MESSAGE
from schemas.messages.envelope import Message
from schemas.messages.event_names import EVENT_NAMES
from schemas.messages.reading.amounts import set_amount
from schemas.messages.reading.field_names import (
    Names,
    names_of,
    set_envelope_names,
    set_property_names,
)
from schemas.messages.reading.ids import NoProfileError, set_ids, set_property_ids, text_of_id
from schemas.messages.reading.json_text import Json, PassedOver
from schemas.messages.reading.near_names import canonical, set_near_names
from schemas.messages.reading.passed_over import OTHERS, without_unreadable
from schemas.messages.reading.times import set_time
from schemas.messages.reading.traits import OTHER_PLACES, set_traits
from schemas.messages.social import Network
from schemas.messages.spelling import (
    CHANNELS,
    NETWORKS,
    NO_CHANNEL,
    PURPOSES,
    SURVEYS,
    TYPES,
    folded,
    word,
)
from schemas.messages.traits import BIRTHDAY, CONSENT, NO_NAMES, KeptNames

_VIEWED: Final = {"page": catalogue.PAGE_VIEWED.name, "screen": catalogue.SCREEN_VIEWED.name}
_WITH_PURPOSE: Final = tuple(catalogue.SUPPRESSION_EVENTS)

_TRAITS: Final = "traits"


def _paths(names: Names, before: str = "") -> Iterator[str]:
    yield from (f"{before}{name}" for name in names.exact)
    for name, inner in names.inner.items():
        yield from _paths(inner, f"{before}{name}.")


IGNORED_PATHS: Final = OTHERS.union(
    (*OTHER_PLACES, f"{_TRAITS}.{BIRTHDAY}", f"{_TRAITS}.{CONSENT}"),
    *(_paths(names_of(model)) for model in set(MODEL_OF.values())),
)
"""Every path that may be ignored, except those of traits: senders choose their names.

A field that decides is ignored if it was sent twice, or under a near name.
"""
_BY_FOLDED: Final = {folded(path): path for path in IGNORED_PATHS}


def known_path(path: str) -> str:
    """The path in `IGNORED_PATHS` of a field that was ignored: for a trait that of traits.

    Of another name of a field, it is the path of that field.
    """
    if path in IGNORED_PATHS:
        return path
    if not path.startswith(f"{_TRAITS}."):
        return _BY_FOLDED.get(folded(path)) or canonical(path) or path.partition(".")[0]
    consent = f"{_TRAITS}.{CONSENT}"
    return consent if path.startswith(f"{consent}.") else _TRAITS


class Reading(NamedTuple):
    """A message that was read."""

    message: Message
    content: Json
    """The message in the contract's form, with unknown fields as they were sent."""
    ignored: tuple[str, ...]
    """The paths of the fields that were ignored, each once and in order; see `known_path`."""


def read_message(sent: Json, received: datetime | None, kept: KeptNames = NO_NAMES) -> Reading:
    """Read a message. To read its `content` again gives the same.

    Args:
        sent: the message as it was sent. It is not changed.
        received: when it first arrived, by our clock; None if nobody knows.
        kept: the names of traits and purposes that no limit drops.

    Raises:
        UnreadableTimeError: the time that decides can't be read.
        NoProfileError: its only id is a placeholder.
        PlaceholderIdError: the id of its order or trigger is a placeholder.
        UnclearFieldError: a total, or another field that decides, may stand under another name.
        ValidationError: another field that decides is missing, or can't be read.
    """
    content, ignored = _loosened(sent), set[str]()
    _set_names(content, ignored.add)
    set_time(content, received, ignored.add)
    set_ids(content, ignored.add)
    set_amount(content, ignored.add)
    set_near_names(content, ignored.add)
    set_property_ids(content, ignored.add)
    if content.get("type") == catalogue.IDENTIFY:
        set_traits(content, received, kept, ignored.add)
    kind = content["event"] if content["type"] == "track" else content["type"]
    model = MODEL_OF.get(kind, Message) if isinstance(kind, str) else Message
    message = without_unreadable(content, SOURCE_MESSAGE, model, ignored.add)
    return Reading(message, content, tuple(sorted(ignored)))


def _loosened(sent: Json) -> Json:
    """A copy without nulls, as deep as a reading changes anything."""
    return {
        name: _copied(value, 2) if name in ("context", "properties") else value
        for name, value in sent.items()
        if value is not None
    }


def _copied(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {name: _copied(each, depth - 1) for name, each in value.items() if each is not None}
    if isinstance(value, list) and depth:
        return [_copied(each, depth) for each in value if each is not None]
    return value


def profile_in(sent: Json) -> str | None:
    """The profile of a message, also if the message is refused for another reason."""
    content = _loosened(sent)
    _set_names(content, lambda _: None)
    try:
        set_ids(content, lambda _: None)
    except NoProfileError:
        return None
    for name in ("userId", "anonymousId"):
        if name in content:
            return text_of_id(content[name])
    event, properties = content.get("event"), content.get("properties")
    if not isinstance(event, str) or event not in SOCIAL_EVENTS or not isinstance(properties, dict):
        return None
    network, handle = properties.get("network"), text_of_id(properties.get("handle"))
    return f"{network}:{handle}" if network in list(Network) and handle else None


def _set_names(content: Json, pass_over: PassedOver) -> None:
    """Write names of fields and events, and words of enumerations, as the contract has them."""
    set_envelope_names(content, pass_over)
    spell(content)
    properties = content.get("properties")
    if content["type"] == "track" and isinstance(properties, dict):
        set_property_names(content["event"], properties, pass_over)
        _spell_properties(content["event"], properties)


def spell(content: Json) -> None:
    """Write the type, the event and the words of enumerations as the contract has them."""
    kind = content["type"] = word(content.get("type"), TYPES)
    viewed = _VIEWED.get(kind) if isinstance(kind, str) else None
    if viewed is not None:
        content["type"], content["event"] = "track", viewed
    elif kind == "track":
        content["event"] = EVENT_NAMES.name_of(content.get("event")) or content.get("event")
    if viewed == catalogue.SCREEN_VIEWED.name and isinstance(
        content.setdefault("context", {}), dict
    ):
        content["context"].setdefault("channel", "app")
    context, properties = content.get("context"), content.get("properties")
    if isinstance(context, dict):
        _spell_channel(context)
    if content["type"] == "track" and isinstance(properties, dict):
        _spell_properties(content["event"], properties)


def _spell_channel(context: Json) -> None:
    channel = context["channel"] = word(context.get("channel"), CHANNELS)
    if channel is None or channel == NO_CHANNEL:
        del context["channel"]


def _spell_properties(event: object, properties: Json) -> None:
    if "network" in properties:
        properties["network"] = word(properties["network"], NETWORKS)
    if "survey" in properties:
        properties["survey"] = word(properties["survey"], SURVEYS)
    if event in _WITH_PURPOSE and "purpose" in properties:
        properties["purpose"] = word(properties["purpose"], PURPOSES)

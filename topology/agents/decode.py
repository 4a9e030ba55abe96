"""Decode: a record's bytes into an event, or the reason why not."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from schemas.counted import counted
from schemas.dead_letter import DeadLetterReason
from schemas.messages import KNOWN_EVENTS, Message
from schemas.messages.event_names import EVENT_NAMES, unknown_event
from schemas.messages.reading import (
    Json,
    NoProfileError,
    PlaceholderIdError,
    Reading,
    UnreadableTimeError,
    parse,
    read_message,
)
from schemas.messages.reading.json_text import strict_object
from schemas.messages.reading.near_names import UnclearFieldError
from schemas.messages.reading.refusals import fault_of, person_hint
from schemas.messages.record_headers import is_quiet
from schemas.messages.traits import NO_NAMES, KeptNames
from topology.agents.dead_letters import Refusal
from topology.agents.exchange import why_not_converted
from topology.agents.quick_decoder import QuickDecoder
from topology.agents.received import BROKERS_TIME, arrival_of, place_name, received_at
from topology.batching.record import Record
from topology.domain.history.event import Event, event_in
from topology.domain.history.exchange import Exchange
from topology.domain.history.instant import (
    DAY,
    NEVER,
    ZERO_TIMES_END,
    Instant,
    Span,
    from_datetime,
    to_datetime,
)
from topology.domain.history.record import replace

TOO_FAR_AHEAD: Final = DAY
"""By more than this ahead of the machine's clock nothing can be true."""


class EventDecoder:
    """Decodes events, by a policy's currency and its exchange rates.

    `oldest` is how long ago an event may have happened by the machine's time; `NEVER` in a replay,
    whose events may be of any time but the zeros of clocks. No limit drops the traits and purposes
    in `kept`.
    """

    def __init__(
        self, exchange: Exchange, oldest: Span = NEVER, kept: KeptNames = NO_NAMES
    ) -> None:
        self._exchange = exchange
        self._kept = kept
        self._oldest = oldest
        self._quick = QuickDecoder(exchange.currency)

    def decode(
        self,
        record: Record,
        machine_now: Instant,
        note: Callable[[Reading], object] | None = None,
        content: Json | None = None,
    ) -> Event | Refusal:
        """Return the event in a record, or why it is none.

        Args:
            record: as received. The place where it came first stands in for a missing message id,
                the time at which it was first received for a missing timestamp.
            machine_now: the machine's own time, also in a replay. An event more than a day ahead
                of it can't be true, nor can one that is too old. One that is ahead of its arrival
                counts as happening then, and none later than now.
            note: called with the reading of a message that was not in the contract's form.
            content: the object in the value, if the caller has it: nothing is parsed again then.
        """
        value, headers = record.value, record.headers
        if value is None:
            return Refusal(DeadLetterReason.NOT_JSON, "the record has no value")
        if headers or record.timestamp_type != BROKERS_TIME:
            arrival = arrival_of(record, machine_now)
        else:
            arrival = record.timestamp * 1000
        message = self._quick.read(value, content)
        if message is None:
            found = self._read(record, content, min(arrival, machine_now), note)
            if isinstance(found, Refusal):
                return found
            message = found
        profile = message.user_id or message.anonymous_id or message.profile or ""
        timestamp = message.timestamp
        at = received_at(record) if timestamp is None else from_datetime(timestamp)
        if not machine_now - self._oldest <= at <= machine_now or at < ZERO_TIMES_END:
            latest = machine_now + TOO_FAR_AHEAD
            if not machine_now - self._oldest <= at <= latest or at < ZERO_TIMES_END:
                return self._cant_be_true(at, latest)
        message_id = message.message_id or place_name(record)
        event = event_in(message, profile, message_id, at)
        if at >= arrival or at > machine_now:
            event = _ahead(event, arrival, machine_now)
        if headers and is_quiet(headers):
            return replace(event, quiet_until=machine_now)
        return event

    def _cant_be_true(self, at: Instant, latest: Instant) -> Refusal:
        timestamp = to_datetime(at).isoformat()
        if at > latest:
            detail = f"the time {timestamp} is more than a day ahead of the machine's clock"
            return Refusal(DeadLetterReason.TIME_IN_FUTURE, detail)
        if at < ZERO_TIMES_END:
            detail = (
                f"the time {timestamp} is before 1971: the zero of a clock, and no time of an event"
            )
        else:
            days = self._oldest // DAY
            ago = f"{counted(days, 'day')} ago"
            detail = f"the time {timestamp} is more than {ago}: see the policy's oldest_event"
        return Refusal(DeadLetterReason.TIME_TOO_EARLY, detail)

    def _read(
        self,
        record: Record,
        content: Json | None,
        latest: Instant,
        note: Callable[[Reading], object] | None,
    ) -> Message | Refusal:
        """The message, in whatever form it came, or what is wrong with it.

        It happened at `latest` if it says later.
        """
        received = received_at(record)
        if content is None:
            content = strict_object(record.value or b"")
        message = None if content is None else self._quick.read_sparse(content)
        if message is None:
            parsed = _object_in(record.value or b"") if content is None else content
            if isinstance(parsed, Refusal):
                return parsed
            found = self._read_in_full(parsed, received, note)
            if isinstance(found, Refusal):
                return found
            message = found
        given = getattr(getattr(message, "properties", None), "currency", None)
        if given is None or given.upper() == self._exchange.currency:
            return message
        timestamp = message.timestamp
        at = received if timestamp is None else from_datetime(timestamp)
        return why_not_converted(message, given, min(at, latest), self._exchange) or message

    def _read_in_full(
        self, content: Json, received: Instant, note: Callable[[Reading], object] | None
    ) -> Message | Refusal:
        known = to_datetime(received) if received >= ZERO_TIMES_END else None
        reading = reading_of(content, known, self._kept)
        if isinstance(reading, Refusal):
            return reading
        if note is not None:
            note(reading)
        profile = reading.message.profile
        if not profile or profile[0] == "\0":
            return _no_profile(profile, content)
        return reading.message


def _ahead(event: Event, arrival: Instant, machine_now: Instant) -> Event:
    """The event as it counts if it says that it happened when it arrived, or later.

    The customer's present is never later than the worker's now. The latest word follows from the
    arrivals alone: the clocks of two workers may differ.
    """
    stated_at, arrived = min(event.at, arrival), event.at >= arrival
    return replace(event, at=min(stated_at, machine_now), stated_at=stated_at, arrived=arrived)


def _object_in(value: bytes) -> Json | Refusal:
    """The JSON object that a value is, or why it is none."""
    try:
        content = parse(value)
    except ValueError as error:
        return Refusal(DeadLetterReason.NOT_JSON, f"Invalid JSON: {error}")
    if not isinstance(content, dict):
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, "the record is JSON, but no object")
    return content


def reading_of(content: Json, received: datetime | None, kept: KeptNames) -> Reading | Refusal:
    """Read a message, or say why it is none. See `read_message`."""
    try:
        return read_message(content, received, kept)
    except (UnreadableTimeError, UnclearFieldError, PlaceholderIdError) as error:
        return Refusal(DeadLetterReason.INVALID_FIELD, str(error))
    except NoProfileError as error:
        return Refusal(DeadLetterReason.NO_PROFILE, f"{error}{person_hint(content)}")
    except ValidationError as error:
        return _refuse(error, content)


def _no_profile(profile: str | None, content: Json) -> Refusal:
    if profile:
        return Refusal(DeadLetterReason.INVALID_FIELD, "a profile can't begin with a zero byte")
    detail = "the message names nobody: give userId, anonymousId, or a social handle"
    return Refusal(DeadLetterReason.NO_PROFILE, f"{detail}{person_hint(content)}")


_SHAPES = ("union_tag_invalid", "union_tag_not_found")


def _refuse(error: ValidationError, content: Json) -> Refusal:
    fault = error.errors(include_url=False)[0]
    if fault["type"] in _SHAPES and len(fault["loc"]) <= 1:
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, _shape_detail(fault["loc"], content))
    kind, where, detail = fault_of(error, content)
    if where == "properties.currency":
        return Refusal(DeadLetterReason.UNKNOWN_CURRENCY, detail)
    if where == "properties.total" and kind == "greater_than_equal":
        return Refusal(DeadLetterReason.NEGATIVE_TOTAL, detail)
    return Refusal(DeadLetterReason.INVALID_FIELD, detail)


def _shape_detail(where: tuple[int | str, ...], content: Json) -> str:
    if not where:
        return "type must be track, page, screen, identify or alias"
    event = content.get("event")
    known = ", ".join(sorted(KNOWN_EVENTS))
    return f"{unknown_event(event, EVENT_NAMES.near(event))}. There are {known}"

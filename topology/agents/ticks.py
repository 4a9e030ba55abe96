"""Decodes the ticks of the clock topic: a record's bytes into an instant, or the reason why not."""

from pydantic import ValidationError

from schemas.clock import ClockTick
from schemas.dead_letter import DeadLetterReason
from topology.agents.dead_letters import Refusal
from topology.agents.decode import TOO_FAR_AHEAD
from topology.batching.record import Record
from topology.domain.history.instant import Instant, from_datetime


def decode_tick(record: Record, machine_now: Instant) -> Instant | Refusal:
    """Return the instant of a tick of the clock topic, or why it is none.

    A clock that was set too far ahead would never come back.
    """
    if record.value is None:
        return Refusal(DeadLetterReason.NOT_JSON, "the record has no value")
    try:
        now = ClockTick.model_validate_json(record.value).now
    except ValidationError as error:
        return _refuse_tick(error)
    at = from_datetime(now)
    if at > machine_now + TOO_FAR_AHEAD:
        return Refusal(
            DeadLetterReason.TIME_IN_FUTURE,
            f"the tick {now} is more than a day ahead of the machine's clock",
        )
    return at


def _refuse_tick(error: ValidationError) -> Refusal:
    fault = error.errors(include_url=False)[0]
    if fault["type"] == "json_invalid":
        return Refusal(DeadLetterReason.NOT_JSON, fault["msg"])
    where = "".join(f"{part}: " for part in fault["loc"])
    return Refusal(DeadLetterReason.INVALID_FIELD, f"{where}{fault['msg']}")

"""Reviews of held triggers, as the rows of their customers get them."""

from typing import Final

from msgspec import DecodeError
from msgspec.json import Decoder

from schemas.dead_letter import DeadLetterReason
from topology.agents.dead_letters import Refusal
from topology.agents.join_records import ReviewHeld
from topology.domain.rules.emitted import NewHeldTrigger
from topology.domain.steps.new_trigger import trigger_id
from topology.domain.steps.review import ReviewCommand

_DECODE: Final = Decoder(NewHeldTrigger).decode


def read_review(record: ReviewHeld) -> ReviewCommand | Refusal:
    """Return the command in a record, or why it is none.

    A trigger can only be released under the id that its occasion gives it.
    """
    try:
        held = _DECODE(record.held)
    except DecodeError as error:
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, f"no held trigger: {error}")
    name, basis = held.occasion.by or held.customer_id, held.occasion.basis
    if trigger_id(name, held.rule, basis) != held.trigger_id:
        detail = f"{held.trigger_id} is not the id of this trigger"
        return Refusal(DeadLetterReason.UNKNOWN_SHAPE, detail)
    return ReviewCommand(held, record.by, record.dismisses, record.not_before or None)

"""Messages that say who a customer is."""

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.contract import SIDE, Identifier
from schemas.messages.envelope import Message


class Identify(Message):
    """Traits of a profile: name, consent, persona, milieu, birthday, and whatever else."""

    type: Literal["identify"]
    traits: Annotated[dict[str, Any], Field(default_factory=dict), SIDE]


class Alias(Message):
    """Two names of one person: `previous_id` is the same as `user_id`."""

    type: Literal["alias"]
    previous_id: Identifier
    user_id: Identifier

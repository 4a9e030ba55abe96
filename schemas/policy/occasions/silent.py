"""Silent: the customer gives no sign of life."""

from typing import Annotated

from pydantic import Tag

from schemas.policy.duration import Duration
from schemas.policy.occasions.part import OccasionPart


class SilentFor(OccasionPart):
    """Fires so long after the last sign of life."""

    silent_for: Duration


Silent = Annotated[SilentFor, Tag("silent_for")]

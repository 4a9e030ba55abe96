"""Ladders: a customer stands on the highest rung of which any line holds."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from schemas.names import RungName
from schemas.policy.conditions import SomeConditions
from schemas.policy.part import Fault, PolicyPart, refuse


class Rung(PolicyPart):
    """A rung: any of these lines must hold. The lowest has none."""

    name: RungName
    any: tuple[SomeConditions, ...] = ()


def _can_be_climbed(rungs: Sequence[Rung]) -> Sequence[Rung]:
    faults = []
    seen: set[str] = set()
    for i, rung in enumerate(rungs):
        if rung.name in seen:
            faults.append(Fault((i, "name"), f"two rungs are called {rung.name}"))
        seen.add(rung.name)
        if not i and rung.any:
            faults.append(Fault((i, "any"), "the lowest rung has no conditions"))
        if i and not rung.any:
            faults.append(Fault((i,), "say any: what must hold for this rung"))
    refuse(faults)
    return rungs


Ladder = Annotated[tuple[Rung, ...], Field(min_length=1), AfterValidator(_can_be_climbed)]
"""Rungs from the lowest to the highest."""

UNKNOWN: Final = "unknown"

NO_LADDER: Final = (Rung(name=UNKNOWN),)
"""The ladder of a policy without stages or tiers."""

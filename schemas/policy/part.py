"""The base and the field types of every part of a policy, and faults with their place in it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from schemas.names import NAME, RUNG_NAME

PURPOSE: Final = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"

PATTERNS: Final[Mapping[str, str]] = {
    NAME: "a name in lower_snake_case",
    RUNG_NAME: "a name of letters, digits and underscores, a letter first",
    PURPOSE: "the name of a purpose, such as marketing: letters, digits and _.:-",
}
"""The patterns in words, for error messages."""

Score = Annotated[int, Field(ge=1, le=5, strict=True)]
"""A score of RFM: 1 is the worst, 5 the best."""


def _shortest(number: Decimal) -> str:
    return f"{number.normalize():f}"


_SAME_HOWEVER_WRITTEN = PlainSerializer(_shortest, return_type=str, when_used="json")

Number = Annotated[Decimal, Field(ge=0, le=10**12), _SAME_HOWEVER_WRITTEN]
"""A count, a score or an amount in major units. 1000 and 1000.00 are the same."""

Rating = Annotated[Decimal, Field(ge=1, le=5), _SAME_HOWEVER_WRITTEN]
"""The rating of a review."""

Sentiment = Annotated[float, Field(ge=-1, le=1, strict=True, allow_inf_nan=False)]
"""The mood of a mention."""


class PolicyPart(BaseModel):
    """A part of the policy: frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


Where = tuple[str | int, ...]
"""A way through a policy: names, and places in lists."""


class Fault(NamedTuple):
    """Something that is wrong inside a part, and where."""

    where: Where
    text: str


FAULTS = "faults"
"""The type of the error that `refuse` raises, and the key of the faults in its context."""


def refuse(faults: Iterable[Fault]) -> None:
    """Raise the faults, if there are any, as one error that pydantic passes on."""
    found = tuple(faults)
    if found:
        text = "; ".join(fault.text for fault in found)
        raise PydanticCustomError(FAULTS, "{text}", {"text": text, FAULTS: found})

"""What every kind of occasion is made of."""

from typing import Annotated, ClassVar, cast

from pydantic import Field

from schemas.dimensions import Dimension
from schemas.policy.part import PolicyPart

Count = Annotated[int, Field(ge=1, le=12, strict=True)]


class OccasionPart(PolicyPart):
    """An occasion as a policy writes it. Its first field tells its kind."""

    has_rating: ClassVar[bool] = False
    """True if a reason may name the `rating`."""

    @classmethod
    def kind(cls) -> str:
        """The name of its kind in a policy."""
        return next(iter(cls.model_fields))


class ValuesPart(OccasionPart):
    """An occasion whose first field lists values of a dimension."""

    dimension: ClassVar[Dimension]

    @property
    def values(self) -> tuple[str, ...]:
        """The values that the policy lists."""
        return cast("tuple[str, ...]", getattr(self, self.kind()))

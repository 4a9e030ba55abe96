"""Which page of a list is asked for."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.platform.http.opaque_text import Kind, OpaqueError, unseal
from services.platform.http.problems import InvalidField

Limit = Annotated[int, Field(ge=1, le=1000, description="At most this many items.")]


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="`next` of the page before, as it is. Nothing else is a cursor."
    )


def unsealed(kind: Kind, cursor: str | None) -> bytes | None:
    """Return what a cursor says, None if there is none; raises InvalidField."""
    if cursor is None:
        return None
    try:
        return unseal(kind, cursor)
    except OpaqueError as error:
        raise InvalidField.of("cursor", error) from None

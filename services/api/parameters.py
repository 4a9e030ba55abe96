"""Parameters that several routes share: a customer, and a page of a list."""

from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Depends, Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.messages.reading import as_name
from services.platform.http.opaque_text import Kind, OpaqueError, unseal
from services.platform.http.problems import InvalidField


def _decode_id(
    customer_id: Annotated[
        str,
        Path(
            description="The customer's id, percent-encoded: `a/b` is `a%2Fb`.",
            examples=["c-42"],
        ),
    ],
) -> str:
    try:
        return as_name(unquote(customer_id, errors="strict"))
    except UnicodeDecodeError:
        message = "this is not UTF-8, percent-encoded"
        raise InvalidField.of("customer_id", message) from None


CustomerId = Annotated[str, Depends(_decode_id)]
"""The id in the path, decoded."""

LONGEST_NAME: Final = 256


def _checked(name: CustomerId) -> str:
    if not name or len(name) > LONGEST_NAME or name.startswith("\0"):
        message = f"an id has 1 to {LONGEST_NAME} characters, and does not begin with a zero byte"
        raise InvalidField.of("customer_id", message)
    return name


ProfileName = Annotated[str, Depends(_checked)]
"""The id in the path, decoded: one that a profile may have. Others are answered with 422."""

CustomerName = Annotated[str, AfterValidator(as_name)]
"""A customer in a query, as names are compared."""

Limit = Annotated[int, Field(ge=1, le=1000, description="At most this many items.")]


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="`next` of the page before, as it is. Nothing else is a cursor."
    )


def unsealed(kind: Kind, cursor: str | None) -> bytes | None:
    """Return the bytes in a cursor, None if there is no cursor; raises InvalidField."""
    if cursor is None:
        return None
    try:
        return unseal(kind, cursor)
    except OpaqueError as error:
        raise InvalidField.of("cursor", error) from None

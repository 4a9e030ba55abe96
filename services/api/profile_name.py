"""A name in the path of whoever is meant, known or not."""

from typing import Annotated, Final

from fastapi import Depends
from pydantic import AfterValidator

from schemas.messages.reading import as_name
from services.api.dependencies import CustomerId
from services.platform.http.problems import InvalidField

LONGEST_NAME: Final = 256


def _checked(name: CustomerId) -> str:
    if not name or len(name) > LONGEST_NAME or name.startswith("\0"):
        message = (
            f"no customer has such an id: 1 to {LONGEST_NAME} characters, not a zero byte first"
        )
        raise InvalidField.of("customer_id", message)
    return name


ProfileName = Annotated[str, Depends(_checked)]
"""The id in the path, decoded: one that a profile may have. Others are answered with 422."""

CustomerName = Annotated[str, AfterValidator(as_name)]
"""A customer in a query, as names are compared."""

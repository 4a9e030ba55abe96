"""How a policy may name segments, rules and the values of dimensions."""

from typing import Annotated, Final

from pydantic import Field

NAME: Final = r"^[a-z][a-z0-9_]{0,63}$"
RUNG_NAME: Final = r"^[A-Za-z][A-Za-z0-9_]{0,63}$"

Name = Annotated[str, Field(pattern=NAME)]
"""A name in lower snake_case."""

RungName = Annotated[str, Field(pattern=RUNG_NAME)]
"""The name of a stage or a tier: letters, digits and underscores."""

"""The default policy's text, and changes to it."""

from importlib import resources
from typing import Final

import pytest

from schemas.policy import Policy, PolicyError, parse_policy

TEXT: Final = resources.files("schemas.policy").joinpath("default.yaml").read_text("utf-8")


def changed(old: str, new: str) -> str:
    """The default policy's text with the first `old` replaced."""
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def line_of(part: str, text: str = TEXT) -> int:
    """The line on which a part of the text begins, counted from 1."""
    return text[: text.index(part)].count("\n") + 1


def policy(text: str) -> Policy:
    """The policy that a text says."""
    return parse_policy(text, "shop.yaml")


def refusal(text: str) -> str:
    """What is said of a text that is no policy."""
    with pytest.raises(PolicyError) as error:
        policy(text)
    return str(error.value)

"""The text of the default policy and of a small one, and changes to them."""

from importlib import resources
from typing import Final

import pytest

from schemas.policy import Policy, PolicyError, parse_policy

TEXT: Final = resources.files("schemas.policy").joinpath("default.yaml").read_text("utf-8")

SMALL: Final = """\
policy: 1
currency: EUR
time_zone: Europe/Berlin
window: 365 days
scores:
  recency: {steps: [{younger_than: 30 days, score: 5}], otherwise: 1}
  frequency: {steps: [{at_least: 2, score: 5}], otherwise: 1}
  monetary: {steps: [{at_least: 100, score: 5}], otherwise: 1}
segments:
  without_orders: none
  grid:
    - {name: here, recency: [3, 4, 5], frequency: [1, 2, 3, 4, 5]}
    - {name: away, recency: [1, 2], frequency: [1, 2, 3, 4, 5]}
stages:
  - {name: guest}
  - {name: friend, any: [{newsletter: true}]}
tiers:
  - {name: B}
  - {name: A, any: [{monetary_score: {at_least: 5}}]}
service_recovery: {review_at_most: 2, open_for: 30 days}
rules:
  - name: hello
    promotional: true
    cooldown: 30 days
    expires_after: 14 days
    cases:
      - when: {entering: [here]}
        provided: {care: [calm]}
        action: {kind: content}
        reason: Hello.
"""
"""A policy with one of each, so that a test can put in what it is about."""

TEXT_MUST: Final = "must be text (in quotes, if YAML takes it for something else)"
DURATION: Final = "write a duration as a whole number and a unit, such as '30 days' or '12 hours'"


def small(old: str, new: str) -> str:
    """The small policy's text with `old` replaced, which it has once."""
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new)


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

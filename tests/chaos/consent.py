"""A policy that asks for consent before any promotion."""

from typing import Final

from tests.oracle import DEFAULT, Policy

PURPOSE: Final = "mail"
NEEDS_CONSENT: Final = Policy({**DEFAULT.said, "promotion_needs_consent": PURPOSE})
"""The default policy otherwise."""


def policy_of(seed: int) -> Policy:
    """The policy of a campaign: with every second seed consent is needed."""
    return NEEDS_CONSENT if seed % 2 else DEFAULT

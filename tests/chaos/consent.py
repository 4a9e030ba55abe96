"""A policy that asks for consent before any promotion."""

from typing import Final

from tests.chaos.exchange import SELLS_ABROAD
from tests.oracle import Policy

PURPOSE: Final = "mail"
NEEDS_CONSENT: Final = Policy({**SELLS_ABROAD.document, "promotion_needs_consent": PURPOSE})
"""That of the shop that sells abroad otherwise."""


def policy_of(seed: int) -> Policy:
    """The policy of a campaign: with every second seed consent is needed."""
    return NEEDS_CONSENT if seed % 2 else SELLS_ABROAD

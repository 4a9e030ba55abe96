"""Fit: how well a customer fits the shop."""

from topology.domain.conditions import stands
from topology.domain.rulebook import Rulebook
from topology.domain.state import Facts, Sheet


def fit_of(facts: Facts, sheet: Sheet, book: Rulebook) -> float | None:
    """Return the weights of what holds by all weights, to two digits; None without an ideal."""
    if book.ideal is None:
        return None
    weights = sum(weight for weight, _ in book.ideal.traits)
    met = sum(weight for weight, each in book.ideal.traits if stands(each, facts, sheet))
    return round(met / weights, 2)

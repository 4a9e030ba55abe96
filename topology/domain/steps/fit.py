"""Fit: how well a customer fits the shop."""

from topology.domain.history.state import History, Scores
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.conditions import stands


def fit_of(history: History, scores: Scores, book: Rulebook) -> float | None:
    """Return the weights of what holds by all weights, to two digits; None without an ideal."""
    if book.ideal is None:
        return None
    met = 0
    for weight, conditions in book.ideal.traits:
        if stands(conditions, history, scores):
            met += weight
    return round(met / book.ideal.weights, 2)

"""Witness: says why a rule fired for a customer, or why it did not, from one policy's way."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.dimensions import Dimension
from services.trials.log import LoggedTrigger
from services.trials.simulation import Simulation
from topology.domain.history.instant import DAY, Instant, to_datetime
from topology.domain.occasions.families import words_of
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.promotion_gate import REASONS

_NEAR: Final = 30 * DAY
"""A rule that was held so long before or after may be the answer."""


class Question(NamedTuple):
    """Why did the rule fire for this customer at this instant, or why did it not?"""

    customer: str
    rule: str
    at: Instant
    fired: bool
    """True if this policy has fired it."""


class Witness:
    """Answers questions about one simulation."""

    def __init__(self, book: Rulebook, simulation: Simulation) -> None:
        self._book = book
        self._log = simulation.log
        self._held = simulation.held.found

    def answer(self, question: Question) -> str:
        """A sentence for a person."""
        if question.fired:
            return self._reason_at(question) or "It fired."
        return (
            self._without_rule(question)
            or self._held_near(question)
            or self._resting(question)
            or self._waiting(question)
        )

    def _reason_at(self, question: Question) -> str:
        return next(
            (each.reason for each in self._fired(question) if each.trigger.at == question.at), ""
        )

    def _fired(self, question: Question) -> Iterator[LoggedTrigger]:
        return self._log.triggers_of(question.customer, question.rule)

    def _without_rule(self, question: Question) -> str:
        if question.rule in self._book.cases_of:
            return ""
        return f"This policy has no rule {question.rule}."

    def _held_near(self, question: Question) -> str:
        near = [
            each
            for each in self._held
            if each.customer == question.customer
            and each.rule == question.rule
            and abs(each.at - question.at) <= _NEAR
        ]
        if not near:
            return ""
        held = min(near, key=lambda each: (abs(each.at - question.at), each.at))
        return f"It was held on {_day(held.at)}: {REASONS.get(held.reason, held.reason)}."

    def _resting(self, question: Question) -> str:
        rule = next(each for each in self._book.rules if each.name == question.rule)
        before = [each.trigger.at for each in self._fired(question)]
        last = max((at for at in before if at <= question.at), default=None)
        if last is None or question.at >= last + rule.cooldown:
            return ""
        return f"It had fired on {_day(last)}, and rests until {_day(last + rule.cooldown)}."

    def _waiting(self, question: Question) -> str:
        values = [
            f"{dimension} {value}"
            for dimension in Dimension
            if (value := self._log.value_at(question.customer, dimension, question.at))
        ]
        stood = f"The customer had {', '.join(values)}. " if values else ""
        cases = self._book.cases_of[question.rule]
        waits = "; or ".join(dict.fromkeys(words_of(case.case) for case in cases))
        return f"{stood}It waits for: {waits}."


def _day(at: Instant) -> str:
    return f"{to_datetime(at):%Y-%m-%d}"

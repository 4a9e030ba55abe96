"""Every family of occasions. A new one is registered here, and nowhere else in the domain."""

from collections.abc import Mapping
from typing import Any, Final

from schemas.policy.occasions.part import OccasionPart
from schemas.policy.rules import RuleCase
from topology.domain.occasions import (
    after_orders,
    birthday,
    complaint,
    entering,
    order_over,
    recency,
    research,
    reviews,
    silent,
    staying,
    unanswered,
    usual_gaps,
)
from topology.domain.occasions.kind import Kind, KindCase
from topology.domain.occasions.progress import Outlook
from topology.domain.rules.case import BookCase

_KINDS: Final[tuple[Kind[Any], ...]] = (
    *entering.KINDS,
    *staying.KINDS,
    *after_orders.KINDS,
    *usual_gaps.KINDS,
    *research.KINDS,
    *reviews.KINDS,
    *complaint.KINDS,
    *order_over.KINDS,
    *recency.KINDS,
    *birthday.KINDS,
    *unanswered.KINDS,
    *silent.KINDS,
)

FAMILIES: Final[Mapping[type[OccasionPart], Kind[Any]]] = {each.when: each for each in _KINDS}
"""By the model of `when`: all of `schemas.policy.occasions.when.KINDS`."""


def kind_of(case: RuleCase) -> Kind[Any]:
    """What is known of the occasion that a case waits for."""
    return FAMILIES[type(case.when)]


def words_of(case: RuleCase) -> str:
    """What sets a case off, for a person to read."""
    return kind_of(case).words(case.when)


def progress_of(case: BookCase, outlook: Outlook) -> str:
    """How far it is, for a person to read; empty if there is nothing to say of it."""
    return kind_of(case.case).progress(KindCase(case.case.when, case), outlook)

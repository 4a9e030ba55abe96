"""Assemble: the report from the outcomes of both policies."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from schemas.policy import Policy
from schemas.trial_report import Costs, HistoryOfTrial, PolicyOfTrial, Proof, TrialReport
from services.trials import comparison
from services.trials.costs import CostTable, cost_of, cost_table
from services.trials.coverage import covered, refuse_short, unknown
from services.trials.examples import Ask, examples
from services.trials.outcome import Outcome, TrialTrigger
from services.trials.pairing import Pair, pair_triggers
from services.trials.proof import SentTriggers, impossible, prove
from topology.domain.history.instant import span, to_datetime


class PolicyFile(NamedTuple):
    """A policy, and what its file is called."""

    name: str
    policy: Policy

    @property
    def for_report(self) -> PolicyOfTrial:
        """The policy as the report names it."""
        return PolicyOfTrial(file=self.name, version=self.policy.version)


class Compared(NamedTuple):
    """The two policies. Only of the one in force is it known what was really sent."""

    old: PolicyFile
    new: PolicyFile
    in_force: str
    """The version of the policy that the workers have."""


class Found(NamedTuple):
    """What both policies have decided, and what was really sent."""

    old: Outcome
    new: Outcome
    sent: SentTriggers
    has_all: bool
    """True if the history is complete."""
    clock: Literal["wall", "topic"]


def assemble(compared: Compared, found: Found, since: timedelta, ask: Ask) -> TrialReport:
    """Write the report.

    Raises:
        FaultError: the history makes a comparison meaningless.
    """
    old, new = found.old, found.new
    policies = (compared.old.policy, compared.new.policy)
    history = covered(old, new, policies, has_all=found.has_all)
    refuse_short(history, policies)
    begin = old.ended_at - span(since)
    pairs = pair_triggers(old.triggers, new.triggers, begin)
    triggers = [[each for each in side.triggers if each.at > begin] for side in (old, new)]
    own = tuple(map(cost_table, policies))
    tables = ({**own[1], **own[0]}, {**own[0], **own[1]})  # What only one names holds for both.
    until = to_datetime(old.ended_at)
    return TrialReport(
        old=compared.old.for_report,
        new=compared.new.for_report,
        currency=compared.old.policy.currency,
        since=until - since,
        until=until,
        history=history,
        migrations=comparison.migrations(old, new, policies),
        triggers=comparison.differences(pairs),
        by_rule=comparison.by_rule(pairs, policies),
        by_week=comparison.by_week(pairs, compared.old.policy.time_zone),
        by_segment=comparison.by_segment(pairs, policies),
        held=comparison.held(old, new),
        busiest_hour_of_old=comparison.busiest_hour(each.sent_at for each in triggers[0]),
        busiest_hour_of_new=comparison.busiest_hour(each.sent_at for each in triggers[1]),
        people=comparison.people(*triggers),
        costs=_costs(triggers, tables),
        ahead=comparison.ahead(old, new, policies),
        ahead_costs=_ahead_costs((old, new), tables),
        adoption=comparison.adoption(old, compared.new.policy),
        examples=examples(_of_known(pairs, old), ask),
        unknown=tuple(unknown(history, policies)),
        proof=_proof(compared, found, history),
    )


def _of_known(pairs: Iterable[Pair], outcome: Outcome) -> list[Pair]:
    """The pairs of customers who are still there: no example shows who was erased."""
    known = {each.customer for each in outcome.customers}
    return [pair for pair in pairs if pair.either.customer in known]


def _costs(sides: Sequence[Sequence[TrialTrigger]], tables: Sequence[CostTable]) -> Costs | None:
    if not any(tables):
        return None
    old, new = (
        cost_of(((each.rule, each.action, 1) for each in side), table)
        for side, table in zip(sides, tables, strict=True)
    )
    return Costs(old=old, new=new)


def _ahead_costs(sides: Sequence[Outcome], tables: Sequence[CostTable]) -> Costs | None:
    if not any(tables):
        return None
    old, new = (
        cost_of(((each.rule, each.action, each.count) for each in side.ahead), table)
        for side, table in zip(sides, tables, strict=True)
    )
    return Costs(old=old, new=new)


def _proof(compared: Compared, found: Found, history: HistoryOfTrial) -> Proof:
    version = compared.old.policy.version
    if version != compared.in_force:
        return impossible(
            f"the old policy has the version {version}, and the one in force {compared.in_force}."
        )
    if not history.is_complete:
        return impossible(
            "Kafka has deleted the oldest records, and rows that begin in the middle of a history "
            "differ from the real ones."
        )
    return prove(found.old, found.sent, version=version, clock=found.clock)

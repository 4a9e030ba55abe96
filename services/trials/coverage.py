"""Coverage: what the history covers, what the policies need, and what nobody can know."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from schemas.counted import counted
from schemas.policy import Policy
from schemas.policy.rules import RuleCase
from schemas.trial_report import HistoryOfTrial
from services.platform.faults import FaultError
from services.trials.outcome import Outcome
from topology.domain.history.instant import DAY, to_datetime

_REACTIONS = (
    "Customers' reactions are those of the past: nobody knows who would have ordered because of an "
    "offer that the new policy sends, or would have stayed away without one of the old policy's."
)


def covered(
    old: Outcome, new: Outcome, policies: Sequence[Policy], *, has_all: bool
) -> HistoryOfTrial:
    """Describe the history that both policies have decided over."""
    first_seen = min((each.first_seen_at for each in old.customers), default=old.began_at)
    begins_at = min(first_seen, old.ended_at) if has_all else old.began_at
    days, needed = max(0, old.ended_at - begins_at) // DAY, max(map(needed_days, policies))
    return HistoryOfTrial(
        begins_at=to_datetime(begins_at),
        is_complete=has_all,
        covered_days=days,
        needed_days=needed,
        customers=len(old.customers),
        incomplete_customers=0 if has_all or days >= needed else len(old.customers),
        records=old.records,
        refused=old.refused,
        refused_by_new=new.refused,
    )


def refuse_meaningless(policies: Sequence[Policy]) -> None:
    """Refuse to compare policies that no history can compare.

    Raises:
        FaultError: it says why.
    """
    old, new = policies
    if old.version == new.version:
        raise FaultError(
            f"Both policies have the version {old.version}: they decide alike, so there is nothing "
            "to compare."
        )
    if old.currency != new.currency:
        raise FaultError(
            f"The old policy counts in {old.currency} and the new one in {new.currency}: their "
            "scores can't be compared. Try the change of currency and other changes separately."
        )


def refuse_short(history: HistoryOfTrial, policies: Sequence[Policy]) -> None:
    """Refuse a comparison whose history is too short to show anything.

    Raises:
        FaultError: it says why.
    """
    if not history.customers:
        raise FaultError(
            "There is no customer in the history, so there is nothing to compare: all of its "
            f"{counted(history.records, 'record')} were refused (see `stammkunde dead-letters`)."
        )
    shortest = min(each.scores.recency.steps[0].younger_than for each in policies).days
    if not history.is_complete and history.covered_days < shortest:
        raise FaultError(
            f"Kafka only has the records of the last {counted(history.covered_days, 'day')}, and "
            f"without an order a customer's score first falls after {shortest}: a comparison would "
            "mean nothing. Keep records for longer (retention.ms of the source topics)."
        )


def unknown(history: HistoryOfTrial, policies: Sequence[Policy]) -> Iterator[str]:
    """Say what the trial can't know."""
    if history.incomplete_customers:
        yield (
            f"The history covers {history.covered_days:,} of "
            f"{counted(history.needed_days, 'day')}: the scores of "
            f"{counted(history.incomplete_customers, 'customer')} may lack older orders."
        )
        late = sorted(
            {
                rule.name
                for policy in policies
                for rule in policy.rules
                if any(_longest(case).days > history.covered_days for case in rule.cases)
            }
        )
        if late:
            yield f"These rules wait for longer than the history covers: {', '.join(late)}."
    elif history.covered_days < history.needed_days:
        yield (
            f"The first event is of {history.begins_at:%Y-%m-%d}: what customers had done before "
            "was never sent, so neither policy knows it."
        )
    if history.refused != history.refused_by_new:
        yield (
            f"The old policy refuses {counted(history.refused, 'record')}, the new one "
            f"{history.refused_by_new:,}: they don't decide over quite the same events."
        )
    yield _REACTIONS


def needed_days(policy: Policy) -> int:
    """The longest window or delay of a policy, in days."""
    spans = [policy.window, *(_longest(case) for rule in policy.rules for case in rule.cases)]
    return max(spans).days


def _longest(case: RuleCase) -> timedelta:
    """The longest delay that a case waits for; none if it waits for something else."""
    values: list[Any] = [getattr(case.when, name) for name in type(case.when).model_fields]
    spans = (each for each in values if isinstance(each, timedelta))
    return max(spans, default=timedelta(0))

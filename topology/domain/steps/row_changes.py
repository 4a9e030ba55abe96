"""Row changes: a row with other values, or as one of this policy's."""

from topology.domain.history.dimensions import by_name, values_of
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.policy.classifier import Dimensions
from topology.domain.policy.rulebook import Rulebook


def named(state: State, book: Rulebook) -> State:
    """A row of an older release, which had fewer dimensions, with a value of each."""
    values = values_of(state)
    if all(values):
        return state
    both = zip(values, book.classifier.start, strict=True)
    return replace(state, **by_name(tuple(own or start for own, start in both)))


def adopting(state: State, book: Rulebook) -> State:
    """A row that another policy made, as one of this policy's."""
    return replace(state, policy_version=book.version, currency=book.currency)


def moved(row: State, values: Dimensions) -> State:
    """The row with other values, from its `as_of` on."""
    return replace(
        row,
        stage_since=row.stage_since if values.stage == row.stage else row.as_of,
        segment=values.segment,
        stage=values.stage,
        tier=values.tier,
        care=values.care,
    )

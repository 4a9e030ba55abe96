"""Those who are imported quietly, and the till: what adds up though nobody foretells the way."""

from collections import Counter

from tests.chaos.difference import differences
from tests.chaos.load import Load
from tests.chaos.outcome import Outcome
from tests.oracle import Verdict
from topology.domain.history.state import State


def compare_imports(outcome: Outcome, load: Load, verdict: Verdict) -> list[str]:
    """A line for each difference."""
    whole = load.imported - load.cut
    expected = Counter(
        (each.customer, each.rule) for each in verdict.triggers if each.customer in whole
    )
    return [
        *differences(
            "triggers of quiet imports",
            (
                (it["customer_id"], it["rule"])
                for it in outcome.triggers
                if it["customer_id"] in load.cut
            ),
            (),
        ),
        *differences(
            "silent firings",
            (
                (row.customer_id, fired.rule, fired.times)
                for row in outcome.rows
                if row.customer_id in whole
                for fired in row.memory.fired
            ),
            ((*which, times) for which, times in expected.items()),
        ),
        *differences(
            "lifetime revenue",
            (
                (row.customer_id, _revenue(row))
                for row in outcome.rows
                if row.customer_id in load.large
            ),
            ((name, verdict.customers[name].revenue_cents) for name in load.large),
        ),
    ]


def _revenue(row: State) -> int:
    """What all orders were worth: those that are folded, and those that are whole."""
    folded = 0 if row.history.past is None else row.history.past.revenue
    return folded + sum(each.total for each in row.history.orders)

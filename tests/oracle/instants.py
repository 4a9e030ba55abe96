"""When the clock may change anything.

Looking at an instant at which nothing changes does no harm, so these are rather too many than too
few; a test computes many more instants, and must find the same.
"""

from collections.abc import Iterator

from tests.oracle.decide import Memory
from tests.oracle.history import History
from tests.oracle.instant import Instant, datetime_of
from tests.oracle.local_time import birthdays
from tests.oracle.occasions import gaps
from tests.oracle.policy import Policy


def of_history(history: History, policy: Policy, after: Instant, until: Instant) -> list[Instant]:
    """What follows from the history alone, later than one instant and up to another, in order."""
    found = {
        *_of_orders(history, policy),
        *_of_gaps(history, policy),
        *_of_silence(history, policy),
        *_of_cases(history, policy),
        *birthdays(history, policy, _years(after, until)),
        until,
    }
    return sorted(each for each in found if after < each <= until)


def of_memory(
    memory: Memory, staged: tuple[Instant, str] | None, policy: Policy
) -> Iterator[Instant]:
    """What follows from what the rules did, and from the last change of stage."""
    for at_most, within in policy.caps:
        # Older ones have left before, or did not keep anything waiting.
        yield from [each + within for each in memory.promotional[-at_most:]]
    if staged is not None:
        yield from (staged[0] + case.delay for case in policy.of_kind("staying_on"))


def _of_orders(history: History, policy: Policy) -> Iterator[Instant]:
    """Each leaves the window; only the last one's age makes R, and the ends have their delays."""
    if not history.orders:
        return
    first, last = history.orders[0].at, history.orders[-1].at
    yield from (order.at + policy.window for order in history.orders)
    yield from (last + younger_than for younger_than, _ in policy.recency)
    yield from (last + case.delay for case in policy.of_kind("after_order"))
    yield from (first + case.delay for case in policy.of_kind("after_first_order"))


def _of_gaps(history: History, policy: Policy) -> Iterator[Instant]:
    """The gap of any run of orders up to the last: the window may hold any of them by then."""
    times = [order.at for order in history.orders]
    for place, first in enumerate(times[:-1]):
        gap = (times[-1] - first) // (len(times) - 1 - place)
        yield from (times[-1] + gaps(case, gap) for case in policy.of_kind("after_usual_gaps"))


def _of_silence(history: History, policy: Policy) -> Iterator[Instant]:
    if history.research is not None:
        yield from (history.research + case.delay for case in policy.of_kind("after_research"))
    for since in (history.acted_at, history.first_at):
        if since is not None:
            yield from (since + case.delay for case in policy.of_kind("silent_for"))


def _of_cases(history: History, policy: Policy) -> Iterator[Instant]:
    for case in history.cases:
        yield case.closed_at
        yield case.closed_at + policy.recovering_for


def _years(after: Instant, until: Instant) -> range:
    return range(datetime_of(after).year - 1, datetime_of(until).year + 2)

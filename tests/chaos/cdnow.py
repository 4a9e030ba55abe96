"""The replay as a load: the orders of the CDNOW sample, with a tick at each midnight."""

from collections import Counter
from itertools import pairwise

from services.tools.demo.cdnow import END, find_orders, read_orders
from services.tools.replay.schedule import Tick as Midnight
from services.tools.replay.schedule import TimedLine, in_time_order, with_ticks
from tests.chaos.load import Load, Sent, Step, Tick
from tests.oracle import ReceivedMessage, cdnow


def replay(rounds: int) -> Load:
    """Make the load: all orders, in so many rounds of about the same number of days."""
    steps = [_step(each) for each in with_ticks(in_time_order(read_orders(find_orders())), END)]
    orders = cdnow.orders()
    return Load(
        "replay of the CDNOW orders",
        list(_in_rounds(steps, rounds)),
        [
            ReceivedMessage(order | {"messageId": order["properties"]["order_id"]})
            for order in orders
        ],
        Counter(order["userId"] for order in orders),
    )


def _step(each: TimedLine | Midnight) -> Step:
    if isinstance(each, Midnight):
        return Tick(each.now)
    assert each.line.key is not None
    return Sent(each.line.topic, each.line.key, each.line.value)


def _in_rounds(steps: list[Step], rounds: int) -> list[list[Step]]:
    """Cut after a tick, so that each round ends with one."""
    ticks = [place for place, step in enumerate(steps, start=1) if isinstance(step, Tick)]
    cuts = [0, *(ticks[len(ticks) * number // rounds - 1] for number in range(1, rounds + 1))]
    return [steps[begin:end] for begin, end in pairwise(cuts)]

"""Whatever comes of two orders, in any order, by whichever row: as the oracle says."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import DEFAULT, Policy, ReceivedMessage, run_policy_at_end
from tests.topology.domain.histories import bounded
from tests.topology.domain.life import lived
from tests.topology.domain.messages import Json, day, track, visit
from tests.topology.domain.policies import ABROAD, RATES
from topology.domain.history.instant import from_datetime
from topology.domain.history.state import State
from topology.domain.rows.row import decode_row, encode_row
from topology.domain.steps.merge import merge_history
from topology.domain.steps.score import score
from topology.domain.view.records import records_of

IN_THREE_CURRENCIES = Policy({**DEFAULT.document, "exchange": RATES})
numbers = count(1)

MONEY = st.sampled_from([{}, {}, {"currency": "EUR"}, {"currency": "CHF"}, {"currency": "jpy"}])
TOTALS = st.sampled_from([0.0, 10.0, 10.0, 24.995, 30.0, 100.0])
TIMES = st.integers(0, 6).map(lambda n: day(n * 10))
IDS = st.sampled_from(["o", "o", "p"])


@st.composite
def message(draw: st.DrawFn) -> Json:
    """Anything that can come of one of two orders."""
    event = draw(
        st.sampled_from(
            ["Order Completed", "Order Updated", "Order Updated"]
            + ["Order Refunded"] * 4
            + ["Order Cancelled"]
        )
    )
    properties: Json = {"order_id": draw(IDS)}
    if event in {"Order Completed", "Order Updated"}:
        properties |= {"total": draw(TOTALS)} | draw(MONEY)
    if event == "Order Refunded":
        if draw(st.integers(0, 5)):
            properties |= {"total": draw(TOTALS)} | draw(MONEY)
        if draw(st.integers(0, 2)):
            properties["refund_id"] = draw(st.sampled_from(["r1", "r2"]))
    at = draw(TIMES)
    return track(event, at, f"t{next(numbers)}", **properties) | {
        "context": {"channel": draw(st.sampled_from(["web", "store"]))}
    }


orders_and_all = st.lists(message(), min_size=1, max_size=9)


def viewed(row: State) -> object:
    """All that is known of orders, as figures."""
    at = from_datetime(day(100))
    return row.history.orders, row.history.refunds, score(row.history, at, ABROAD)


@bounded
@given(st.data(), orders_and_all)
def test_whatever_comes_of_orders_counts_as_by_the_oracle_in_any_order(
    data: st.DataObject, messages: list[Json]
) -> None:
    """Retries and messages that come again under another id among them."""
    again = data.draw(st.lists(st.sampled_from(messages), max_size=3))
    named = [each for each in again if "refund_id" in each["properties"]]
    copies = [each | {"messageId": f"t{next(numbers)}"} for each in named]
    sent = data.draw(st.permutations([*messages, *again, *copies]))
    row = lived(sent, day(100), ABROAD).row
    end = run_policy_at_end(
        [ReceivedMessage(each) for each in messages], until=day(100), policy=IN_THREE_CURRENCIES
    )

    assert viewed(row)[:2] == viewed(lived(messages, day(100), ABROAD).row)[:2]  # type: ignore[index]
    assert row.scores.orders_total == end.totals.orders_total
    assert row.scores.revenue_in_window == end.totals.revenue_in_window
    assert row.segment == end.dimensions["segment"]
    assert decode_row(encode_row(row)) == row
    records_of(row)


@bounded
@given(st.data(), orders_and_all)
def test_two_rows_know_together_what_one_would(data: st.DataObject, messages: list[Json]) -> None:
    """Also if both know one refund, or one edit."""
    twice = [
        each
        for each in messages
        if each["event"] != "Order Refunded" or "refund_id" in each["properties"]
    ]
    sides = [data.draw(st.sampled_from(["one", "other", "both"])) for _ in messages]
    both = [
        [
            each
            for each, side in zip(messages, sides, strict=True)
            if side == name or (side == "both" and (each in twice or name == "one"))
        ]
        for name in ("one", "other")
    ]
    # Each of them was met at least once.
    one, other = (lived([visit(day(0)), *each], day(100), ABROAD).row for each in both)
    merged = merge_history(one.history, other.history, ABROAD)
    alone = lived([visit(day(0)), *messages], day(100), ABROAD).row.history

    assert merged.orders == alone.orders
    assert merged.refunds == alone.refunds
    assert merge_history(other.history, one.history, ABROAD).orders == merged.orders

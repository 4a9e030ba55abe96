"""A ledger's first orders are found without a look at the others."""

from hypothesis import given
from hypothesis import strategies as st

from tests.topology.domain.histories import bounded
from topology.domain.history.foreign import Part
from topology.domain.history.ledger import (
    EMPTY,
    Edit,
    First,
    More,
    NamedRefund,
    Order,
    oldest,
    pack,
    split_oldest,
    unpack,
)

numbers = st.sampled_from(
    [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**62]
) | st.integers(0, 2**62)
ids = st.sampled_from([1, 31, 32, 255, 256]).flatmap(
    lambda many: st.sampled_from(["o", "\u00e9", "\N{GRINNING FACE}"]).map(lambda each: each * many)
)
amounts = st.floats(0, 1e12)
currencies = st.none() | st.sampled_from(["EUR", "JPY"])
mores = st.builds(
    More,
    st.lists(
        st.builds(NamedRefund, st.binary(min_size=8, max_size=8), amounts, currencies), max_size=8
    ).map(tuple),
    st.lists(st.builds(Part, st.sampled_from(["0", "EUR"]), numbers), max_size=12).map(tuple),
    st.none() | st.builds(Edit, numbers, amounts, currencies, st.booleans()),
    st.none() | st.builds(First, numbers, st.sampled_from(["", "CHF"]), numbers, st.booleans()),
)
orders = st.builds(
    Order,
    numbers.map(lambda at: at - 2**33),
    ids,
    numbers,
    st.none() | numbers,
    st.booleans(),
    st.integers(0, 27),
    st.none() | mores,
)


@bounded
@given(st.lists(orders, min_size=1, max_size=8), st.data())
def test_the_first_orders_are_split_off(found: list[Order], data: st.DataObject) -> None:
    """Whatever their numbers and texts: MessagePack has a form for each size."""
    ledger = pack(found)
    many = data.draw(st.integers(0, len(found) - 1))
    first, others = split_oldest(ledger, many)

    assert oldest(ledger) == found[0]
    assert first == tuple(found[:many])
    assert unpack(others) == tuple(found[many:])
    assert others == pack(found[many:])


def test_an_empty_ledger_has_no_first_order() -> None:
    """Nor any other."""
    assert oldest(EMPTY) is None

"""Research: what was looked at, and bought, stays sorted, each thing once, and only the latest."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.shop import Product
from tests.topology.domain.histories import bounded
from topology.domain.history.research import KEPT, count_things, merge_things, remember

NAMES = st.none() | st.sampled_from(["a", "b"]) | st.integers(0, 40).map(str)
PRODUCTS = st.builds(Product, product_id=NAMES, category=NAMES)
LOOKS = st.tuples(st.integers(-2, 20), st.booleans(), st.lists(PRODUCTS, max_size=30))


@bounded
@given(st.lists(LOOKS, max_size=8))
def test_however_looks_come_the_latest_are_kept_as_if_all_had_been_sorted(
    looks: list[tuple[int, bool, list[Product]]],
) -> None:
    """Each look goes to its place by itself: the row is that of a sort of all of them."""
    kept, alone = b"", list[bytes]()
    for at, online, products in looks:
        kept = remember(kept, at, online, products)
        alone += [remember(b"", at, online, [each]) for each in products]

    expected = b""
    for each in alone:
        expected = merge_things(expected, each)
    assert kept == expected
    assert count_things(kept) <= KEPT


def test_an_order_of_many_products_keeps_as_many_as_any_other() -> None:
    products = [Product(product_id=f"p-{n}", category=f"c-{n}") for n in range(2_000)]
    assert count_things(remember(b"", 0, online=True, products=products)) == KEPT

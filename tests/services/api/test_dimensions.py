"""Each dimension can be counted and filtered by over HTTP."""

import pytest

from schemas.dimensions import Dimension
from services.api.answers import SegmentCounts
from services.api.routes.customers import CustomersQuery


@pytest.mark.parametrize("dimension", Dimension)
def test_customers_are_counted_by_each_dimension(dimension: Dimension) -> None:
    """A count that has no field would be left out in silence."""
    assert dimension in SegmentCounts.model_fields


@pytest.mark.parametrize("dimension", Dimension)
def test_customers_are_listed_by_each_dimension(dimension: Dimension) -> None:
    """A filter that has no field would be refused as unknown."""
    assert dimension in CustomersQuery.model_fields

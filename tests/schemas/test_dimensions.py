"""A dimension that the contracts lack is found when they are imported."""

import pytest
from pydantic import create_model

from schemas.dimensions import Dimension, EachDimension, values_in
from schemas.policy import load_default_policy


def test_a_part_of_a_contract_without_a_field_for_each_dimension_can_not_be_defined() -> None:
    """It says which are missing."""
    with pytest.raises(TypeError, match="Lame has no field for stage, tier"):
        create_model("Lame", __base__=EachDimension, segment=(str, ...), care=(str, ...))


@pytest.mark.parametrize("dimension", Dimension)
def test_a_policy_has_values_of_each_dimension(dimension: Dimension) -> None:
    """Each of them once."""
    values = values_in(load_default_policy(), dimension)

    assert values
    assert len(set(values)) == len(values)

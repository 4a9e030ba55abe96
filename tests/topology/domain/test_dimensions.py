"""A dimension that is missing anywhere is found: here, or by mypy."""

import pytest

from schemas.customer import Customer
from schemas.dimensions import Dimension, values_in
from schemas.policy import load_default_policy
from schemas.policy.conditions import Conditions
from schemas.transition import Cause
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import day, event_from, visit
from topology.domain.advance import advance
from topology.domain.history.dimensions import value_reader, values_of
from topology.domain.history.instant import from_datetime
from topology.domain.history.record import fields_of, replace
from topology.domain.history.state import Paused, State
from topology.domain.policy.classifier import Dimensions
from topology.domain.rules.conditions import compile_conditions
from topology.domain.steps.newcomer import newcomer
from topology.domain.steps.settling import as_paused, as_viewed
from topology.domain.steps.transitions import transitions_of
from topology.domain.view.view import describe

NOW = from_datetime(day(0))
ROW = newcomer("c", at=NOW, book=BOOK, is_user=True)


def elsewhere(*dimensions: Dimension) -> State:
    """The row of a newcomer with another value of these."""
    return replace(ROW, **{each.value: "elsewhere" for each in dimensions})


def test_values_stand_in_the_order_of_the_dimensions() -> None:
    """One can be read by its place."""
    assert Dimensions._fields == tuple(Dimension)


@pytest.mark.parametrize("dimension", Dimension)
def test_whatever_has_a_value_of_each_dimension_has_one_of_this(dimension: Dimension) -> None:
    """In a field of its name: rows, what settles, conditions and customers."""
    assert dimension in fields_of(State)
    assert dimension in fields_of(Paused)
    assert dimension in Conditions.model_fields
    assert dimension in Customer.model_fields


@pytest.mark.parametrize("dimension", Dimension)
def test_a_newcomer_begins_with_a_value_that_the_policy_has(dimension: Dimension) -> None:
    """None is left empty."""
    assert value_reader(dimension)(ROW) in values_in(load_default_policy(), dimension)


@pytest.mark.parametrize("dimension", Dimension)
def test_a_change_of_each_dimension_is_a_transition(dimension: Dimension) -> None:
    """And of nothing else."""
    [found] = transitions_of(ROW, elsewhere(dimension), NOW, None, Cause.CLOCK, BOOK)

    assert (found.dimension, found.to_value) == (dimension, "elsewhere")


@pytest.mark.parametrize("dimension", Dimension)
def test_the_heart_sees_a_change_of_each_dimension(dimension: Dimension) -> None:
    """Also if no other has changed."""
    step = advance(elsewhere(dimension), event_from(visit(day(0))), NOW, BOOK)

    assert [each.from_value for each in step.transitions if each.dimension == dimension] == [
        "elsewhere"
    ]


def test_changes_of_all_dimensions_come_in_their_order() -> None:
    """They count up the customer's sequence."""
    found = transitions_of(ROW, elsewhere(*Dimension), NOW, None, Cause.CLOCK, BOOK)

    assert [each.dimension for each in found] == list(Dimension)
    assert [each.sequence for each in found] == list(range(1, len(Dimension) + 1))


@pytest.mark.parametrize("dimension", Dimension)
def test_the_view_shows_the_value_of_each_dimension(dimension: Dimension) -> None:
    """As the row has it."""
    assert value_reader(dimension)(describe("c", elsewhere(dimension), BOOK, NOW)) == "elsewhere"


@pytest.mark.parametrize("dimension", Dimension)
def test_a_condition_on_each_dimension_reads_its_value(dimension: Dimension) -> None:
    """As a rule names it."""
    [condition] = compile_conditions(
        Conditions.model_validate({dimension.value: ["elsewhere"]}), "rule", BOOK.digits
    )

    assert condition.accepts(condition.read(elsewhere(dimension)))
    assert not condition.accepts(condition.read(ROW))


def test_what_settles_goes_on_with_the_value_of_each_dimension_that_it_had() -> None:
    """Meanwhile the row says how the customer stands now."""
    row = elsewhere(*Dimension)
    viewed = as_viewed(row, NOW, BOOK)

    assert values_of(viewed) == values_of(ROW)
    assert as_paused(viewed) == row

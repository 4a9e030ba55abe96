"""Ids that gather strangers: counted in the metrics, named by the doctor."""

import httpx
from msgspec.structs import replace

from services.tools.doctor.finding import Verdict
from services.tools.doctor.shared_ids import look_at_shared_ids
from tests.services.api.conftest import Model
from tests.services.projector.records import micros, state
from topology.domain.history.state import State
from topology.domain.rows.row import encode_row


def row(customer: str, shared: float | None) -> bytes:
    """A customer with an order on day 40; the last of too many within a day was on that day."""
    found: State = state(customer, 40)
    at = None if shared is None else micros(shared)
    return encode_row(replace(found, history=replace(found.history, shared_at=at)))


async def test_those_of_the_last_30_days_are_reported(api: httpx.AsyncClient, model: Model) -> None:
    """By number and by name; they are no customers of a dimension of their own."""
    rows = {"0": row("0", 40), "walk-in": row("walk-in", 10.1), "mended": row("mended", 10)}
    await model.entries(rows | {"anna": row("anna", None)})
    text = (await api.get("/metrics")).text
    counts = await api.get("/v1/segments")
    world = model.world
    [found] = await look_at_shared_ids(world.redis_url, world.app_id, None)

    assert "stammkunde_shared_ids 2.0" in text.splitlines()
    assert counts.json()["customers"] == 4
    assert found.verdict is Verdict.NOTE
    assert found.said.startswith("'0', 'walk-in': ")


async def test_a_redis_that_is_away_is_somebody_else_s_finding() -> None:
    """The doctor says so once."""
    assert await look_at_shared_ids("redis://127.0.0.1:1/0", "stammkunde", None) == []

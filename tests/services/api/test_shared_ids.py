"""Ids that gather strangers: counted in the metrics, named by the doctor."""

import httpx

from services.tools.doctor.finding import Verdict
from services.tools.doctor.read_model import check_shared_ids
from tests.services.api.conftest import Model
from tests.services.projector.records import micros, state
from topology.domain.history.ledger import Edit
from topology.domain.history.record import replace
from topology.domain.history.state import Refund, State
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
    [found] = await check_shared_ids(world.redis_url, world.app_id, None)

    assert "stammkunde_shared_ids 2.0" in text.splitlines()
    assert counts.json()["customers"] == 4
    assert found.verdict is Verdict.NOTE
    assert found.message.startswith("'0', 'walk-in': ")


async def test_customers_with_refunds_that_have_no_order_are_counted(
    api: httpx.AsyncClient, model: Model
) -> None:
    """They are no customers of a dimension of their own; an edit that waits is no refund."""
    plain: State = state("anna", 40)
    edit = Refund("o", None, whole=False, edit=Edit(0, 5.0))
    rows = {
        name: encode_row(replace(plain, history=replace(plain.history, refunds=(refund,))))
        for name, refund in {"0": Refund("o", None, whole=True), "1": edit}.items()
    }
    await model.entries({**rows, "2": encode_row(plain)})
    text = (await api.get("/metrics")).text
    assert "stammkunde_unmatched_refunds 1.0" in text.splitlines()
    assert (await api.get("/v1/segments")).json()["customers"] == 3


async def test_a_redis_that_is_away_is_somebody_else_s_finding() -> None:
    """The doctor says so once."""
    assert await check_shared_ids("redis://127.0.0.1:1/0", "stammkunde", None) == []

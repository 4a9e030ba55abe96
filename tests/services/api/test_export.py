"""The export of a customer over HTTP."""

import httpx

from tests.services.api.conftest import Model
from tests.services.projector.records import transition, trigger


async def test_it_holds_the_view_the_records_and_the_whole_history(
    api: httpx.AsyncClient, model: Model
) -> None:
    """More of it than any page shows."""
    await model.rows("c-1", days=(0, 3))
    await model.record(*(transition("c-1", sequence) for sequence in range(1, 1003)))
    await model.record(*(trigger("c-1", number) for number in range(1002)))
    await model.record(trigger("c-2", 1))

    answer = await api.post("/v1/customers/c-1/export")
    found = answer.json()

    assert answer.status_code == 200
    assert found["customer"] == (await api.get("/v1/customers/c-1")).json()
    assert len(found["records"]["orders"]) == 2
    assert [each["sequence"] for each in found["transitions"]] == list(range(1, 1003))
    assert len({each["trigger_id"] for each in found["triggers"]}) == 1002
    assert {each["customer_id"] for each in found["triggers"]} == {"c-1"}


async def test_nobody_is_made_up(api: httpx.AsyncClient, model: Model) -> None:
    """Who is not known has no export."""
    await model.rows("c-1")

    answer = await api.post("/v1/customers/c-2/export")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"

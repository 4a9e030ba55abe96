"""Customers over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.services.api.conftest import Model
from tests.services.projector.records import START, micros, transition, trigger

STRANGE_IDS = [
    "a/b",
    "a b",
    "ü@x.de",
    "100%",
    "%2F",
    ".",
    "..",
    "a?b#c",
    "c-1/transitions",
    "+",
    "\n",
]


def path(customer: str, more: str = "") -> str:
    return "/v1/customers/" + "".join(f"%{byte:02X}" for byte in customer.encode()) + more


def iso(days: float) -> str:
    return (START + timedelta(days=days)).isoformat().replace("+00:00", "Z")


async def every_page(api: httpx.AsyncClient, url: str, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    while True:
        answer = await api.get(url, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= int(params.get("limit", 100))
        items += page["items"]
        if page["next"] is None:
            return items
        params["cursor"] = page["next"]


async def test_one_customer_is_shown_as_of_their_partitions_clock(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("c-1", partition=1)
    await model.clock(1, micros(10))
    await model.clock(2, micros(5))
    found = (await api.get("/v1/customers/c-1")).json()
    assert found["customer_id"] == "c-1"
    assert found["segment"] == "new"
    assert found["as_of"] == iso(10)
    assert found["lifetime"]["revenue"] == 5990


async def test_a_row_ahead_of_its_clock_is_as_of_itself(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("c-1", days=(3,))
    await model.clock(0, micros(1))
    assert (await api.get("/v1/customers/c-1")).json()["as_of"] == iso(3)


@pytest.mark.parametrize("customer", STRANGE_IDS)
async def test_an_id_may_contain_anything(
    api: httpx.AsyncClient, model: Model, customer: str
) -> None:
    await model.rows(customer)
    await model.record(transition(customer, 1))
    await model.record(trigger(customer, 1))
    assert (await api.get(path(customer))).json()["customer_id"] == customer
    for more in ("/transitions", "/triggers"):
        (item,) = (await api.get(path(customer, more))).json()["items"]
        assert item["customer_id"] == customer
    assert (await api.get(path(customer, "/why"))).json()["items"]
    answer = await api.get("/v1/triggers", params={"customer": customer})
    assert [item["customer_id"] for item in answer.json()["items"]] == [customer]
    assert [each["customer_id"] for each in await every_page(api, "/v1/customers")] == [customer]


async def test_an_id_that_is_not_utf_8_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/customers/%FF")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "customer_id"


async def test_all_customers_come_page_by_page_in_order(
    api: httpx.AsyncClient, model: Model
) -> None:
    names = sorted(f"c-{number:03}" for number in range(45))
    await model.rows(*names[::2], partition=0)
    await model.rows(*names[1::2], partition=1)
    for limit in (1, 7, 45, 1000):
        found = await every_page(api, "/v1/customers", limit=limit)
        assert [each["customer_id"] for each in found] == names


async def test_filters_combine(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("new-calm-1", "new-calm-2")
    await model.rows("new-open", complaint=1)
    await model.rows("more-open", days=(0, 1), complaint=2)

    async def names(**params: str) -> list[str]:
        return [each["customer_id"] for each in await every_page(api, "/v1/customers", **params)]

    assert await names(segment="new") == ["new-calm-1", "new-calm-2", "new-open"]
    assert await names(care="complaint_open") == ["more-open", "new-open"]
    assert await names(segment="new", care="complaint_open") == ["new-open"]
    assert await names(segment="new", care="calm", limit="1") == ["new-calm-1", "new-calm-2"]
    assert await names(segment="at_risk") == []


async def test_a_cursor_holds_while_customers_come_and_go(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("a", "c", "e", "g")
    first = (await api.get("/v1/customers", params={"limit": 2})).json()
    await model.removed("c")
    await model.rows("b", "d")
    then = await api.get("/v1/customers", params={"limit": 9, "cursor": first["next"]})
    assert [each["customer_id"] for each in then.json()["items"]] == ["d", "e", "g"]


async def test_a_list_is_as_of_the_slowest_partition(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("a", partition=0)
    await model.rows("b", partition=1, days=(2,))
    await model.clock(0, micros(20))
    await model.clock(1, micros(10))
    found = (await api.get("/v1/customers")).json()
    assert found["as_of"] == iso(10)
    assert [each["as_of"] for each in found["items"]] == [iso(20), iso(10)]


async def test_while_a_partition_has_no_clock_nobody_can_say_as_of(
    api: httpx.AsyncClient, model: Model
) -> None:
    """Its rows may be ahead of the clock that comes: then the list's time would go back."""
    await model.begin(partitions=2)
    await model.rows("a", partition=0)
    await model.clock(0, micros(20))
    assert (await api.get("/v1/segments")).json()["as_of"] is None
    await model.rows("b", partition=1, days=(31,))
    assert (await api.get("/v1/segments")).json()["as_of"] is None
    await model.clock(1, micros(1))
    assert (await api.get("/v1/segments")).json()["as_of"] == iso(1)


async def test_nothing_seen_at_all_has_no_as_of(api: httpx.AsyncClient) -> None:
    found = (await api.get("/v1/customers")).json()
    assert found == {"items": [], "next": None, "as_of": None}


async def test_transitions_are_the_history_with_the_contracts_names(
    api: httpx.AsyncClient, model: Model
) -> None:
    await model.rows("c-1")
    await model.clock(0, micros(9))
    stored = [transition("c-1", number) for number in range(1, 8)]
    await model.record(*stored)
    await model.record(transition("c-2", 1))
    found = await every_page(api, "/v1/customers/c-1/transitions", limit=3)
    assert found == [each.model_dump(mode="json", by_alias=True) for each in stored]
    assert found[0]["from"] == "none"
    answer = (await api.get("/v1/customers/c-1/transitions")).json()
    assert answer["as_of"] == iso(9)


async def test_a_customers_triggers_end_with_null(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("c-1")
    stored = [trigger("c-1", number) for number in range(1, 8)]
    await model.record(*stored)
    await model.record(trigger("c-2", 1))
    for limit in (1, 3, 7, 100):
        found = await every_page(api, "/v1/customers/c-1/triggers", limit=limit)
        assert [each["trigger_id"] for each in found] == [each.trigger_id for each in stored]


async def test_why_has_a_sentence_for_each_rule(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("c-1")
    await model.clock(0, micros(1))
    found = (await api.get("/v1/customers/c-1/why")).json()
    by_rule = {each["rule"]: each for each in found["items"]}
    assert by_rule["second_purchase"]["state"] == "waiting"
    assert by_rule["second_purchase"]["next_at"] == iso(21)
    assert all(each["because"] for each in found["items"])
    assert found["as_of"] == iso(1)


async def test_segments_count_with_zeros(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("a", "b", partition=0)
    await model.rows("c", partition=1, days=(0, 1), complaint=2)
    await model.clock(0, micros(7))
    await model.clock(1, micros(8))
    found = (await api.get("/v1/segments")).json()
    assert found["customers"] == 3
    assert len(found["segment"]) == 11
    assert {name: count for name, count in found["segment"].items() if count} == {
        "new": 2,
        "potential_loyalist": 1,
    }
    assert found["care"] == {"calm": 2, "complaint_open": 1, "recovering": 0}
    assert {name: count for name, count in found["stage"].items() if count} == {
        "first_time_buyer": 2,
        "occasional": 1,
    }
    assert len(found["stage"]) == 7
    assert sum(found["tier"].values()) == 3
    assert set(found["tier"]) == {"A", "B", "C"}
    assert found["as_of"] == iso(7)

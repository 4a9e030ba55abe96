"""One person, many names: found by any of them, listed once, with the history of all."""

from typing import Any

import httpx
import pytest

from services.platform.http.opaque_text import Kind, seal
from tests.services.api.conftest import Model
from tests.services.projector.records import micros, state, transition, trigger
from topology.domain.history.names import Called, Contested, Names
from topology.domain.history.record import replace
from topology.domain.rows.forward import forward
from topology.domain.rows.row import encode_row

NAMES = ("anon", "u-1", "u-2", "x:an")


def names(*others: str) -> Names:
    called = Called(micros(3), "m", "u-2")
    contested = (Contested("tablet", "bert", micros(4)),)
    return Names(user=True, others=others, called=called, contested=contested)


async def join(model: Model) -> None:
    """Three rows in three partitions, of which two have yielded to u-1, who is called u-2."""
    for partition, name in enumerate(("anon", "u-2"), start=1):
        await model.rows(name, partition=partition)
        await model.record(transition(name, 2 * partition), partition=partition)
        await model.record(trigger(name, partition), partition=partition)
    await model.record(transition("u-1", 1), transition("u-1", 3))
    row = state("u-1", 0, 5)
    joined = replace(row, known_by=names("anon", "u-2", "x:an"), customer_id="u-2", segment="new")
    await model.entries({"u-1": encode_row(joined)})
    await model.entries({"anon": encode_row(forward("anon", "u-2", user=False))}, 1)
    await model.entries({"u-2": encode_row(forward("u-2", "u-1", user=True))}, 2)
    await model.entries({"x:an": encode_row(forward("x:an", "u-1", user=False))}, 2)
    await model.record(transition("u-2", 5), partition=2)
    await model.record(trigger("x:an", 4), trigger("u-2", 3), partition=2)


@pytest.mark.parametrize("name", NAMES)
async def test_any_name_leads_to_the_person(
    api: httpx.AsyncClient, model: Model, name: str
) -> None:
    """Over more than one forwarding entry, if need be."""
    await join(model)
    found = (await api.get(f"/v1/customers/{name}")).json()

    assert found["customer_id"] == "u-2"
    assert found["names"] == sorted(NAMES)
    [contested] = found["contested"]
    assert (contested["name"], contested["owner"]) == ("tablet", "bert")
    assert (await api.get(f"/v1/customers/{name}/why")).json()["items"]


async def test_an_address_and_the_number_of_a_card_lead_to_the_person(
    api: httpx.AsyncClient, model: Model
) -> None:
    """An address in any case; a card by its number alone, too, if nobody is called like that."""
    await model.rows("anna@example.com")
    row = encode_row(forward("loyalty:7", "anna@example.com", user=False))
    await model.entries({"loyalty:7": row}, 1)
    for name in ("Anna@Example.com", "%20anna@EXAMPLE.com", "loyalty:7", "7"):
        found = await api.get(f"/v1/customers/{name}")
        assert found.json()["customer_id"] == "anna@example.com", name
    assert (await api.get("/v1/customers/8")).status_code == 404
    await model.rows("7")
    assert (await api.get("/v1/customers/7")).json()["customer_id"] == "7"


async def test_a_person_is_listed_and_counted_once(api: httpx.AsyncClient, model: Model) -> None:
    """Under what they are called; what has yielded is gone from every list."""
    await join(model)
    await model.rows("other")
    listed = (await api.get("/v1/customers?segment=new")).json()["items"]
    counted = (await api.get("/v1/segments")).json()

    assert [each["customer_id"] for each in listed] == ["other", "u-2"]
    assert (counted["customers"], counted["segment"]["new"]) == (2, 2)


async def test_a_person_of_one_name_is_shown_with_it(api: httpx.AsyncClient, model: Model) -> None:
    await model.rows("c-1")
    found = (await api.get("/v1/customers/c-1")).json()

    assert (found["names"], found["contested"]) == (["c-1"], [])


async def pages(api: httpx.AsyncClient, url: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = (await api.get(url, params=query)).json()
        items += page["items"]
        if page["next"] is None:
            return items
        query["cursor"] = page["next"]


@pytest.mark.parametrize("name", NAMES)
async def test_the_history_is_that_of_all_names_in_order_of_time(
    api: httpx.AsyncClient, model: Model, name: str
) -> None:
    """From page to page, wherever it lies."""
    await join(model)
    moves = await pages(api, f"/v1/customers/{name}/transitions")
    fired = await pages(api, f"/v1/customers/{name}/triggers")

    assert [(each["customer_id"], each["sequence"]) for each in moves] == [
        ("u-1", 1),
        ("anon", 2),
        ("u-1", 3),
        ("u-2", 4),
        ("u-2", 5),
    ]
    assert sorted(each["trigger_id"] for each in fired) == [
        "anon/win_back/1",
        "u-2/win_back/2",
        "u-2/win_back/3",
        "x:an/win_back/4",
    ]
    asked = (await api.get("/v1/triggers", params={"customer": name, "rule": "win_back"})).json()
    assert len(asked["items"]) == 4


async def test_a_name_whose_person_is_not_there_yet_is_unknown(
    api: httpx.AsyncClient, model: Model
) -> None:
    """The partitions of the changelog are not read in step."""
    await model.entries({"anon": encode_row(forward("anon", "u-1", user=False))})

    assert (await api.get("/v1/customers/anon")).status_code == 404
    assert (await api.get("/v1/customers")).json()["items"] == []
    assert (await api.get("/v1/segments")).json()["as_of"] is None


async def test_a_cursor_of_another_shape_is_refused(api: httpx.AsyncClient, model: Model) -> None:
    """As one of an earlier release would be."""
    await model.rows("c-1")
    cursor = seal(Kind.TRANSITIONS, bytes(8))
    answer = await api.get("/v1/customers/c-1/transitions", params={"cursor": cursor})
    assert answer.status_code == 422

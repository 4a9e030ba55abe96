"""Erasures over HTTP, as far as no worker is needed."""

from pathlib import Path

import pytest

from tests.services.projector.world import World


async def test_without_a_salt_nobody_is_erased(world: World, tmp_path: Path) -> None:
    """The answer says what to set."""
    async with world.serving(data_dir=tmp_path) as api:
        answer = await api.post("/v1/customers/c-1/erase")

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:stammkunde:problem:erasure-salt-missing"
    assert "STAMMKUNDE_ERASURE_SALT" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["n" * 257, "%00clock"])
async def test_what_can_be_no_name_is_refused(world: World, tmp_path: Path, name: str) -> None:
    """It would lie under the keys of something else, or be refused by the worker later."""
    async with world.serving(data_dir=tmp_path, erasure_salt="s" * 16) as api:
        answer = await api.post(f"/v1/customers/{name}/erase")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "customer_id"


async def test_an_erasure_that_nobody_asked_for_is_not_there(world: World, tmp_path: Path) -> None:
    """Whether there is a salt or not."""
    async with world.serving(data_dir=tmp_path) as api:
        answer = await api.get("/v1/erasures/era_none")

    assert answer.status_code == 404
    assert answer.json()["code"] == "unknown-erasure"

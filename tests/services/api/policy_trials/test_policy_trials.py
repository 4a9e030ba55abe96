"""Trials over HTTP: a real process over a real Kafka, followed to its end."""

import json
import os
import signal

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from schemas.publish import FOLDER
from schemas.trial_run import TrialState
from services.api.trial_runs import STOPPED
from services.read_model.kept_trials import GONE
from tests.schemas.policies import TEXT
from tests.services.api.policy_trials.sessions import frozen_trial, is_gone
from tests.services.api.policy_trials.trials_of import (
    NEWER,
    PATH,
    ended,
    orders,
    progress,
    send,
    start,
)
from tests.services.projector.world import World


async def test_a_trial_is_followed_to_its_report(api: httpx.AsyncClient) -> None:
    await send(api, orders())
    run = await start(api, since="12w")
    assert (run["state"], run["since_days"]) == ("running", 84)
    received = await progress(api, run["trial_id"])
    assert [each["state"] for each in received[:-1]] == ["running"] * (len(received) - 1)
    assert received[-1]["state"] == "done"
    assert any(each["records_total"] is not None for each in received[:-1]), "no progress before"
    found = (await api.get(f"{PATH}/{run['trial_id']}")).json()
    contract = json.loads((FOLDER / "policy-trial.schema.json").read_text("utf-8"))
    Draft202012Validator(contract).validate(found["report"])
    assert found["report"]["new"] == run["new"]
    assert found["report"]["history"]["customers"] >= 3
    assert found["ended_at"] > found["asked_at"]
    [listed] = [
        each
        for each in (await api.get(PATH)).json()["items"]
        if each["trial_id"] == run["trial_id"]
    ]
    assert listed == {key: value for key, value in found.items() if key != "report"}
    assert await progress(api, run["trial_id"]) == [listed], "a late listener gets the end"


async def test_a_policy_may_be_json_and_another_one_the_old(api: httpx.AsyncClient) -> None:
    await send(api, orders())
    run = await start(api, new=yaml.safe_load(TEXT), old=NEWER)
    found = await ended(api, run["trial_id"])
    assert found["state"] == "done", found["reason"]
    assert found["report"]["old"]["file"] == "old"
    assert found["report"]["proof"]["holds"] is None


async def test_there_is_one_at_a_time_and_it_can_be_cancelled(api: httpx.AsyncClient) -> None:
    await send(api, orders())
    run = await start(api)
    name, session = run["trial_id"], await frozen_trial(os.getpid())
    other = await api.post(PATH, json={"new": NEWER})
    assert other.status_code == 409
    assert f"The trial {name} is running" in other.json()["detail"]
    cancelled = await api.delete(f"{PATH}/{name}")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert await is_gone(session)
    again = await api.delete(f"{PATH}/{name}")
    assert (again.status_code, again.json()["code"]) == (409, "trial-ended")
    assert (await api.get(f"{PATH}/{name}")).json()["report"] is None
    following = await start(api)
    assert (await api.delete(f"{PATH}/{following['trial_id']}")).status_code == 200


async def test_a_killed_process_is_a_trial_that_has_failed(api: httpx.AsyncClient) -> None:
    await send(api, orders())
    run = await start(api)
    session = await frozen_trial(os.getpid())
    os.kill(session, signal.SIGKILL)
    found = await ended(api, run["trial_id"])
    assert found["state"] == "failed"
    assert "process has ended before it had a result" in found["reason"]
    assert await is_gone(session), "the processes of the policies live on"


async def test_a_trial_ends_with_the_api(world: World, api: httpx.AsyncClient) -> None:
    await send(api, orders())
    async with world.serving() as other:
        run = await start(other)
        session = await frozen_trial(os.getpid())
    assert await is_gone(session)
    found = (await api.get(f"{PATH}/{run['trial_id']}")).json()
    assert (found["state"], found["reason"]) == ("failed", STOPPED)


async def test_another_process_of_the_api_cancels_it_too(
    world: World, api: httpx.AsyncClient
) -> None:
    await send(api, orders())
    async with world.serving() as other:
        run = await start(other)
        await frozen_trial(os.getpid())
        answer = await api.delete(f"{PATH}/{run['trial_id']}")
        assert answer.status_code == 200
        assert (await ended(api, run["trial_id"]))["state"] == "cancelled"


async def test_a_trial_that_nobody_runs_any_more_has_failed(
    world: World, api: httpx.AsyncClient
) -> None:
    """The API was killed: nobody holds its lease any longer, once that is over."""
    await send(api, orders())
    run = await start(api)
    await api.delete(f"{PATH}/{run['trial_id']}")
    key = world.keys.trial(run["trial_id"])
    await world.redis.set(key, json.dumps({**run, "state": TrialState.RUNNING}))
    found = (await api.get(f"{PATH}/{run['trial_id']}")).json()
    assert (found["state"], found["reason"]) == ("failed", GONE)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"new": TEXT.replace("window: 365 days", "window: long")}, "new", "window: write a"),
        ({"new": {"version": "x"}}, "new", "new, line 2: version"),
        ({"new": "a: [", "old": TEXT}, "new", "not readable as YAML"),
        ({"new": NEWER, "old": "rules: 1"}, "old", "old, line 1"),
        ({"new": TEXT}, "new", "Both policies have the version"),
        ({"new": NEWER.replace("currency: EUR", "currency: USD")}, "new", "counts in EUR"),
        ({"new": NEWER, "since": "soon"}, "since", "write days or weeks, such as 90d"),
        ({"since": "90d"}, "new", "Field required"),
        ({"new": NEWER, "dry": True}, "dry", "not known here"),
    ],
)
async def test_what_can_not_be_tried_is_refused_with_its_place(
    api: httpx.AsyncClient, body: dict[str, object], field: str, message: str
) -> None:
    answer = await api.post(PATH, json=body)
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert any(each["field"] == field and message in each["message"] for each in errors), errors


async def test_nobody_knows_a_trial_that_was_not_started(api: httpx.AsyncClient) -> None:
    for method, path in (("GET", ""), ("GET", "/progress"), ("DELETE", "")):
        answer = await api.request(method, f"{PATH}/tri_none{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-trial")

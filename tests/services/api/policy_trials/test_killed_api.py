"""The API in a process of its own is killed while a trial runs."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.services.api.policy_trials.sessions import frozen_trial, is_gone
from tests.services.api.policy_trials.trials_of import PATH, ended, orders, send, start
from tests.services.projector.world import World
from tests.services.tools.cli.command import COMMAND, environment
from tests.waits import LONGEST_WAIT_S


def start_api(folder: Path, variables: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start the API, whose log goes into the folder."""
    with (folder / "api.log").open("ab") as log:
        return subprocess.Popen([*COMMAND, "api"], stdout=log, stderr=log, env=variables)


@asynccontextmanager
async def api_process(
    world: World, folder: Path, port: int
) -> AsyncIterator[tuple["subprocess.Popen[bytes]", httpx.AsyncClient]]:
    """`stammkunde api`, and a client of it."""
    variables = environment(
        folder,
        KAFKA_BOOTSTRAP_SERVERS=world.kafka,
        REDIS_URL=world.redis_url,
        STAMMKUNDE_APP_ID=world.app_id,
        STAMMKUNDE_API_PORT=str(port),
    )
    process = start_api(folder, variables)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=LONGEST_WAIT_S) as client:
            await wait_until_up(client)
            yield process, client
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def wait_until_up(client: httpx.AsyncClient) -> None:
    """Wait until the API answers."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while True:
            try:
                await client.get("/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return


async def test_all_processes_of_the_trial_end_and_the_next_api_says_that_it_has_failed(
    world: World, tmp_path: Path, unused_tcp_port: int
) -> None:
    async with api_process(world, tmp_path, unused_tcp_port) as (process, api):
        await send(api, orders())
        run = await start(api)
        session = await frozen_trial(process.pid)
        process.kill()
        assert await is_gone(session)
    async with api_process(world, tmp_path, unused_tcp_port) as (_, api):
        found = await ended(api, run["trial_id"])  # Once the lease is over.
        assert found["state"] == "failed"
        assert "start the trial again" in found["reason"]
        following = await start(api)
        assert (await api.delete(f"{PATH}/{following['trial_id']}")).status_code == 200

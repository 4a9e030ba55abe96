"""`stammkunde dead-letters` as people use it, on a real Kafka."""

import asyncio
import json
import os
import pty
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from schemas import topics
from services.tools.local_stack import Addresses
from tests.services.dead_letters.letters import POLICY_WITH_POUNDS, in_pounds
from tests.services.ingest.conftest import Written, headers_of
from tests.services.tools.cli.command import COMMAND, environment, run
from tests.topology.batching.kafka import producing
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture
def rate(tmp_path: Path) -> str:
    """A policy with a rate of pounds."""
    file = tmp_path / "pounds.yaml"
    file.write_text(POLICY_WITH_POUNDS)
    return str(file)


async def refuse(
    kafka: str, values: Iterable[bytes], key: bytes, reason: str, **details: str
) -> None:
    """Write dead letters, as a worker does."""
    found = {"reason": reason, "detail": "the policy has no rate", "source-topic": "shop.events.v1"}
    async with producing(kafka) as producer:
        for number, value in enumerate(values):
            places = {"source-partition": "9", "source-offset": str(number)}
            headers = [
                (name, text.encode()) for name, text in {**found, **places, **details}.items()
            ]
            await producer.send_and_wait(topics.DEAD_LETTERS, value, key=key, headers=headers)


def lines(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


async def test_they_are_listed_shown_and_tried_again(
    stack: Addresses, written: Written, tmp_path: Path, who: str, rate: str
) -> None:
    kafka = {"KAFKA_BOOTSTRAP_SERVERS": stack.kafka}
    values = [json.dumps(in_pounds(number, who)).encode() for number in range(3)]
    await refuse(stack.kafka, values, who.encode(), "no_exchange_rate")
    await refuse(stack.kafka, [b"\x1b]0;evil\x07 no json"], who.encode(), "not_json")

    listing = await asyncio.to_thread(
        run, tmp_path, "dead-letters", "list", "--customer", who, **kafka
    )
    assert listing.returncode == 0, listing.stderr
    found = lines(listing.stdout)
    assert [each["reason"] for each in found] == ["not_json", *["no_exchange_rate"] * 3]
    only = ("--customer", who, "--reason", "no_exchange_rate", "--topic", "shop", "--since", "1h")
    limited = await asyncio.to_thread(
        run, tmp_path, "dead-letters", "list", *only, "--limit", "2", "--json", **kafka
    )
    assert lines(limited.stdout) == found[1:3]

    printed = await asyncio.to_thread(
        run, tmp_path, "dead-letters", "show", found[-1]["id"], **kafka
    )
    assert values[0].decode() in printed.stdout
    assert "reason: no_exchange_rate" in printed.stdout
    odd = await asyncio.to_thread(run, tmp_path, "dead-letters", "show", found[0]["id"], **kafka)
    assert "\\u001b]0;evil\\u0007 no json" in odd.stdout
    assert "\x1b" not in odd.stdout
    await written.skip()
    retry = ("dead-letters", "retry", "--customer", who)
    refused = await asyncio.to_thread(run, tmp_path, *retry, **kafka)
    assert refused.returncode == 3
    assert "no_exchange_rate: 3 not sent: they would be refused again" in refused.stdout
    dry = await asyncio.to_thread(
        run, tmp_path, *retry, "--dry-run", **kafka, STAMMKUNDE_POLICY=rate
    )
    assert "no_exchange_rate: 3 would be sent again" in dry.stdout
    assert await written.records() == []

    done = await asyncio.to_thread(run, tmp_path, *retry, "--json", **kafka, STAMMKUNDE_POLICY=rate)
    assert done.returncode == 3, done.stderr
    *each, summary = lines(done.stdout)
    assert sorted(one["fate"] for one in each) == ["refused", *["retried"] * 3]
    assert summary["retried"] == {"no_exchange_rate": 3}
    assert summary["refused"] == {"not_json": 1}
    sent = await written.records()
    assert sorted(one.value or b"" for one in sent) == sorted(values)
    assert {headers_of(one)["retry-of"] for one in sent} == {
        f"shop.events.v1-9-{number}" for number in range(3)
    }


async def test_on_a_terminal_it_is_a_table_and_a_question(
    stack: Addresses, written: Written, tmp_path: Path, who: str, rate: str
) -> None:
    """No line is wider than 80 columns, and no message of a sender moves the cursor."""
    await refuse(
        stack.kafka,
        [json.dumps(in_pounds(1, who)).encode()],
        b"\x1b[2J",
        "no_exchange_rate",
        detail="\x1b[2J long " * 30,
    )
    settings = {"KAFKA_BOOTSTRAP_SERVERS": stack.kafka, "STAMMKUNDE_POLICY": rate}
    output = await asyncio.to_thread(
        on_a_terminal, tmp_path, ("list", "--customer", who), b"", **settings
    )
    assert "\x1b" not in output
    assert all(len(line) <= 80 for line in output.splitlines())
    assert f"{who}  " in output
    await written.skip()
    refused = await asyncio.to_thread(
        on_a_terminal, tmp_path, ("retry", "--customer", who), b"n\n", **settings
    )
    assert "no_exchange_rate: 1 would be sent again" in refused
    assert await written.records() == []
    await asyncio.to_thread(
        on_a_terminal, tmp_path, ("retry", "--customer", who), b"y\n", **settings
    )
    assert len(await written.records()) == 1


def on_a_terminal(folder: Path, arguments: tuple[str, ...], keys: bytes, **settings: str) -> str:
    ours, theirs = pty.openpty()
    os.write(ours, keys)
    process = subprocess.Popen(
        [*COMMAND, "dead-letters", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environment(folder, **settings) | {"COLUMNS": "80"},
    )
    os.close(theirs)
    output = b""
    try:
        while chunk := os.read(ours, 4096):
            output += chunk
    except OSError:  # Linux says so once nobody holds the other end any more.
        pass
    assert process.wait(LONGEST_WAIT_S) == 0
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


async def test_what_is_not_there_is_reported(stack: Addresses, tmp_path: Path) -> None:
    kafka = {"KAFKA_BOOTSTRAP_SERVERS": stack.kafka}
    ended = await asyncio.to_thread(run, tmp_path, "dead-letters", "show", "0-99999999", **kafka)
    assert ended.returncode == 1
    assert (
        ended.stderr.splitlines()[-1]
        == "There is no dead letter 0-99999999. Perhaps Kafka has deleted it."
    )
    ended = await asyncio.to_thread(run, tmp_path, "dead-letters", "retry", "0-99999999", **kafka)
    assert ended.returncode == 3
    assert "missing: 1 not found: it never existed" in ended.stdout

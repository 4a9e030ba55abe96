"""`stammkunde connect`, as somebody uses it who connects a shop."""

import asyncio
import json
import subprocess
import uuid
from pathlib import Path

import httpx
import pytest

from schemas.audit import AuditedAction, AuditOutcome
from services.connect.sources import Source, Sources
from services.tools.local_stack import Addresses
from tests.services.connect.conftest import Shop
from tests.services.connect.shop import TOPIC, golden
from tests.services.platform.audit.conftest import reading
from tests.services.projector.world import eventually
from tests.services.tools.cli.command import COMMAND, environment, run

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

EXAMPLE = golden("shopify", "order-created")
BODY = json.dumps(EXAMPLE.payload).encode()


class Command:
    """The command on this Kafka, for a shop that no other test has."""

    def __init__(self, folder: Path, kafka: str) -> None:
        self.name = f"c-{uuid.uuid4().hex[:8]}"
        self.folder = folder
        self.kafka = kafka

    async def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            run,
            self.folder,
            "connect",
            *words,
            stdin=stdin,
            KAFKA_BOOTSTRAP_SERVERS=self.kafka,
        )

    async def known(self, sources: Sources, kind: str) -> Source:
        """The source, once the table has it."""

        async def is_there() -> bool:
            return sources.find(kind, self.name) is not None

        await eventually(is_there, "the source is there")
        source = sources.find(kind, self.name)
        assert source is not None
        return source


@pytest.fixture
def command(tmp_path: Path, stack: Addresses) -> Command:
    return Command(tmp_path, stack.kafka)


async def test_a_shop_is_connected_and_the_first_webhook_shown(
    command: Command, api: httpx.AsyncClient, sources: Sources
) -> None:
    """The address and the steps are printed, the secret is not. Then `--check` waits."""
    name = ("--name", command.name)
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, "connect", "add", "shopify", *name, "--check", "--url", "https://e.example/"),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=command.folder,
        env=environment(command.folder, KAFKA_BOOTSTRAP_SERVERS=command.kafka),
    )
    waiting = asyncio.create_task(process.communicate(b"the shop's secret\n"))
    shop = Shop(api, sources, await command.known(sources, "shopify"))
    topic = EXAMPLE.headers[TOPIC["shopify"]]

    async def is_refused() -> bool:
        return (await shop.send(topic, BODY, secret="another")).status_code == 401

    await eventually(is_refused, "the API knows the source")
    answer = await shop.send(topic, BODY, secret="the shop's secret")
    assert answer.status_code == 200
    stdout, stderr = await waiting
    printed = stderr.decode()
    assert process.returncode == 0, printed
    assert f"https://e.example/v1/connect/shopify/{command.name}\n" in printed
    assert "orders/create came: 2 of its messages are in Kafka." in printed
    assert f"stammkunde connect rotate shopify --name {command.name}" in printed
    assert stdout == b""
    assert "the shop's secret" not in printed

    listed = await command.run("list")
    (line,) = [each for each in listed.stdout.splitlines() if command.name in each]
    assert "taken" in line
    assert "wrong_signature" in line
    assert "secret" not in listed.stdout


async def test_a_secret_is_printed_once_exchanged_and_removed(
    command: Command, api: httpx.AsyncClient, sources: Sources, stack: Addresses
) -> None:
    """For a shop that makes none itself. The audit trail has each action."""
    name, topic = ("--name", command.name), "order.created"
    body = json.dumps(golden("woocommerce", "order-created").payload).encode()
    async with reading(stack.kafka, 8) as trail:
        first = await command.run("add", "woocommerce", *name)
        assert first.returncode == 0, first.stderr
        shop = Shop(api, sources, await command.known(sources, "woocommerce"))
        old, added = first.stdout.strip(), shop.source

        async def accepted(secret: str) -> bool:
            return (await shop.send(topic, body, secret=secret)).status_code == 200

        await eventually(lambda: accepted(old), "the API knows the source")
        again = await command.run("add", "woocommerce", *name)
        assert again.returncode == 1
        assert "choose another name" in again.stderr
        assert again.stdout == ""

        second = await command.run("rotate", "woocommerce", *name)
        new = second.stdout.strip()
        await eventually(lambda: accepted(new), "the API knows the new secret")
        assert await accepted(old)
        assert (await command.known(sources, "woocommerce")).created_at == added.created_at

        removed = await command.run("remove", "woocommerce", *name)
        assert removed.returncode == 0, removed.stderr

        async def is_gone() -> bool:
            return (await shop.send(topic, body, secret=new)).status_code == 404

        await eventually(is_gone, "the API has forgotten the source")
        records = await trail.next(8)
    assert old != new
    assert len(old) == len(new) == 43
    assert {each.target for each in records} == {f"woocommerce/{command.name}"}
    assert [(each.action, each.outcome) for each in records] == [
        (AuditedAction.ADD_SOURCE, AuditOutcome.REQUESTED),
        (AuditedAction.ADD_SOURCE, AuditOutcome.DONE),
        (AuditedAction.ADD_SOURCE, AuditOutcome.REQUESTED),
        (AuditedAction.ADD_SOURCE, AuditOutcome.FAILED),
        (AuditedAction.ROTATE_SOURCE, AuditOutcome.REQUESTED),
        (AuditedAction.ROTATE_SOURCE, AuditOutcome.DONE),
        (AuditedAction.REMOVE_SOURCE, AuditOutcome.REQUESTED),
        (AuditedAction.REMOVE_SOURCE, AuditOutcome.DONE),
    ]


@pytest.mark.parametrize(
    ("words", "stdin", "status", "sentence"),
    [
        (("add", "shopify", "--name", "Main Shop"), "s\n", 2, "lower-case letters"),
        (("add", "shopify", "--name", "empty"), "\n", 1, "The secret must have"),
        (("add", "fax"), "", 2, "is not one of"),
        (("rotate", "shopify", "--name", "nobodys"), "s\n", 1, "connect list"),
        (("remove", "shopify", "--name", "nobodys"), "", 1, "connect list"),
        (("check", "shopify", "--name", "nobodys"), "", 1, "connect list"),
    ],
)
async def test_what_is_impossible_ends_with_a_sentence(
    command: Command, words: tuple[str, ...], stdin: str, status: int, sentence: str
) -> None:
    ended = await command.run(*words, stdin=stdin)
    assert ended.returncode == status, ended.stderr
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr

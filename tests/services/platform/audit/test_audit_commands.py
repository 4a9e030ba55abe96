"""What the command does about keys, and which policy a role works with, is in the audit trail."""

import asyncio
import os
import pwd
import socket
from pathlib import Path

import pytest

from schemas.audit import AuditedAction, AuditOutcome
from services.platform.access.keyring import open_keyring
from services.platform.access.rate_limit import Rate
from services.platform.access.scope import Scope
from services.platform.audit.command_audit import audited_command
from services.platform.audit.trail import DEFAULT_POLICY, own_trail, record_policy
from services.platform.faults import FaultError
from services.tools.local_stack import KafkaServer
from tests.services.api.whole_api import BOOK, app_with, served
from tests.services.platform.access.test_gate import NO_KEYS, Kept, gate_over
from tests.services.platform.audit.conftest import Trail, reading
from tests.services.tools.cli.command import run
from topology.batching.security import OPEN

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def test_the_command_says_who_has_run_it_and_about_which_key(tmp_path: Path) -> None:
    """The environment does not decide who that is. Kafka of its own: a key closes every gate."""
    kafka = KafkaServer(tmp_path / "kafka")
    await kafka.start()
    try:
        settings = {"KAFKA_BOOTSTRAP_SERVERS": kafka.address, "USER": "mallory"}
        rates = ("--event-rate", "5", "--byte-rate", "1000")
        made = await asyncio.to_thread(
            run, tmp_path, "keys", "create", "--kind", "write", *rates, **settings
        )
        assert made.returncode == 0, made.stderr
        key_id = made.stdout.split("_")[2]
        nobody = await asyncio.to_thread(run, tmp_path, "keys", "revoke", "0000000000", **settings)
        assert nobody.returncode == 1
        async with open_keyring(kafka.address, OPEN) as keyring:
            key = keyring.find(key_id)
        async with reading(kafka.address, 8, from_beginning=True) as found:
            records = await found.next(4)
    finally:
        await kafka.stop()
    assert key is not None
    assert key.scopes == {Scope.INGEST}
    assert key.event_rate == Rate(per_second=5, burst=10)
    assert key.byte_rate == Rate(per_second=1000, burst=2000)
    assert {(each.actor, each.user, each.origin) for each in records} == {
        ("cli", pwd.getpwuid(os.getuid()).pw_name, socket.gethostname())
    }
    assert [(each.action, each.target, each.outcome) for each in records] == [
        (AuditedAction.CREATE_KEY, key_id, AuditOutcome.REQUESTED),
        (AuditedAction.CREATE_KEY, key_id, AuditOutcome.DONE),
        (AuditedAction.REVOKE_KEY, "0000000000", AuditOutcome.REQUESTED),
        (AuditedAction.REVOKE_KEY, "0000000000", AuditOutcome.FAILED),
    ]


async def test_what_can_not_be_written_down_is_not_begun() -> None:
    with pytest.raises(FaultError):
        async with audited_command("127.0.0.1:1", AuditedAction.REVOKE_KEY, "x"):
            pytest.fail("it has begun")


async def test_a_role_says_which_policy_it_works_with(trail: Trail) -> None:
    async with own_trail(trail.kafka) as written:
        await record_policy(written, "worker", "v-1", "spring.yaml")
        await record_policy(written, "worker", "v-1", DEFAULT_POLICY)
    first, second = await trail.next(2)
    assert (first.actor, first.target, first.outcome) == ("worker", "spring.yaml v-1", "done")
    assert second.target == "default v-1"


async def test_an_api_says_so_when_it_starts(trail: Trail) -> None:
    async with served(app_with(gate_over(Kept(NO_KEYS)), trail.kafka)):
        (started,) = await trail.next(1, of_apis=True)
    assert started.action is AuditedAction.USE_POLICY
    assert started.target == f"default {BOOK.policy.version}"

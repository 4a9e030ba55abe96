"""Looks at everything."""

import asyncio

from services.platform.faults import FaultError
from services.platform.redact import without_password
from services.platform.settings import Settings
from services.tools.doctor.finding import Finding, note
from services.tools.doctor.kafka import look_at_kafka
from services.tools.doctor.machine import (
    look_at_demo,
    look_at_disk,
    look_at_jars,
    look_at_java,
    look_at_policy,
    look_at_python,
    look_at_valkey,
)
from services.tools.doctor.read_model import look_at_redis, look_at_shared_ids
from services.tools.local_stack.jars import JarCache
from services.tools.up.data_folder import RunningStack, running_stack


async def examine(settings: Settings) -> list[Finding]:
    """Look at the machine, and at the servers of the settings or of the running local stack."""
    stack = _running(settings)
    return [
        look_at_python(),
        *await _look_at_local_stack(settings),
        look_at_policy(settings),
        look_at_demo(),
        look_at_disk(settings.data_dir),
        *await _look_at_kafka(settings, stack),
        *await _look_at_redis(settings, stack),
    ]


def _running(settings: Settings) -> RunningStack | None:
    try:
        return running_stack(settings.data_dir)
    except FaultError:
        return None


async def _look_at_local_stack(settings: Settings) -> list[Finding]:
    """Look at what is needed to start those servers that no setting names."""
    found: list[Finding] = []
    if not settings.kafka_bootstrap_servers:
        found += (await asyncio.to_thread(look_at_java), look_at_jars(JarCache()))
    if not settings.redis_url:
        found.append(look_at_valkey())
    return found


async def _look_at_kafka(settings: Settings, stack: RunningStack | None) -> list[Finding]:
    kafka = settings.kafka_bootstrap_servers or (stack and stack.kafka)
    if not kafka:
        return [_not_running("Kafka", settings)]
    return await look_at_kafka(settings, kafka)


async def _look_at_redis(settings: Settings, stack: RunningStack | None) -> list[Finding]:
    redis = settings.redis_url or (stack and stack.redis)
    if not redis:
        return [_not_running("Redis", settings)]
    authorities = settings.redis_ssl_cafile
    return [
        await look_at_redis(redis, without_password(redis), authorities),
        *await look_at_shared_ids(redis, settings.app_id, authorities),
    ]


def _not_running(subject: str, settings: Settings) -> Finding:
    return note(subject, f"no local stack runs in {settings.data_dir}: `stammkunde up` starts one")

"""Runs all checks."""

import asyncio

from services.platform.faults import FaultError
from services.platform.redact import without_password
from services.platform.settings import Settings
from services.tools.doctor.archive import check_archive
from services.tools.doctor.finding import Finding, note
from services.tools.doctor.kafka import check_kafka
from services.tools.doctor.machine import (
    check_demo,
    check_disk,
    check_form,
    check_jars,
    check_java,
    check_policy,
    check_python,
    check_valkey,
)
from services.tools.doctor.read_model import check_redis, check_shared_ids
from services.tools.local_stack.jars import JarCache
from services.tools.up.data_folder import RunningStack, running_stack


async def examine(settings: Settings) -> list[Finding]:
    """Check this machine, and the servers of the settings or of the running local stack."""
    stack = _running(settings)
    return [
        check_python(),
        check_form(),
        *await _check_local_stack(settings),
        check_policy(settings),
        check_demo(),
        check_disk(settings.data_dir),
        *await _check_kafka(settings, stack),
        *await _check_redis(settings, stack),
        *await _check_archive(settings, stack),
    ]


def _running(settings: Settings) -> RunningStack | None:
    try:
        return running_stack(settings.data_dir)
    except FaultError:
        return None


async def _check_local_stack(settings: Settings) -> list[Finding]:
    """Check what a local server needs, unless the settings name another server."""
    found: list[Finding] = []
    if not settings.kafka_bootstrap_servers:
        found += (await asyncio.to_thread(check_java), check_jars(JarCache()))
    if not settings.redis_url:
        found.append(check_valkey())
    return found


async def _check_kafka(settings: Settings, stack: RunningStack | None) -> list[Finding]:
    kafka = settings.kafka_bootstrap_servers or (stack and stack.kafka)
    if not kafka:
        return [_not_running("Kafka", settings)]
    return await check_kafka(settings, kafka)


async def _check_archive(settings: Settings, stack: RunningStack | None) -> list[Finding]:
    return await check_archive(
        settings, settings.kafka_bootstrap_servers or (stack and stack.kafka) or None
    )


async def _check_redis(settings: Settings, stack: RunningStack | None) -> list[Finding]:
    redis = settings.redis_url or (stack and stack.redis)
    if not redis:
        return [_not_running("Redis", settings)]
    authorities = settings.redis_ssl_cafile
    return [
        await check_redis(redis, without_password(redis), authorities),
        *await check_shared_ids(redis, settings.app_id, authorities),
    ]


def _not_running(subject: str, settings: Settings) -> Finding:
    return note(subject, f"no local stack runs in {settings.data_dir}: `stammkunde up` starts one")

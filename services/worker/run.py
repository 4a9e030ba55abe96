"""Runs one worker until SIGTERM or SIGINT."""

import asyncio
import gc
import logging
import os
import sys
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple

import structlog
import uvloop
from aiokafka.errors import KafkaError

from schemas import topics
from schemas.policy import Policy, load_default_policy, load_policy
from schemas.topics import catalogue
from services.platform.audit.trail import (
    DEFAULT_POLICY,
    PUBLISHED_POLICY,
    own_trail,
    record_policy,
)
from services.platform.erasure_salt import salt_of
from services.platform.faults import KafkaUnreachableError, NotReadError
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.ensure import TopicsReady, ensure_topics
from services.platform.kafka.topics.replication import meaning
from services.platform.metrics import serving_metrics
from services.platform.policies.followed import FollowedPolicies
from services.platform.policies.publications import open_published_policies
from services.platform.redact import text_of
from services.platform.settings import Settings
from services.platform.signals import stop_event
from services.platform.tasks import run_with_background
from services.worker.metrics import WorkerMetrics
from services.worker.policies import begin, in_the_currency_of_rows
from services.worker.rows_check import check_rows
from services.worker.watchdog import exit_when_blocked
from topology.agents.currency import CurrencyError
from topology.agents.newer_release import NewerReleaseError
from topology.app import AppSettings, build_app
from topology.batching.app import BatchApp
from topology.batching.errors import BatchingError, IncompleteChangelogError
from topology.batching.snapshots import snapshot_folder

_log = structlog.get_logger(__name__)

_RETRY_S: Final = 1.0
_TIMEOUT_S: Final = 25.0
"""The longest orderly stop: less than the 30 s after which Docker and Kubernetes send SIGKILL."""
_BLOCKED_S: Final = 120.0
_SHORT_TIMEOUT_S: Final = 10.0
"""The longest stop of a worker that can't go on."""


def run_worker(settings: Settings, *, kafka: str, worker_id: str) -> int:
    """Run a worker in this process until SIGTERM or SIGINT.

    Args:
        settings: of this installation.
        kafka: the brokers, `host:port` separated by commas.
        worker_id: the worker's name: the same after a restart, so that it keeps its partitions.

    Returns:
        The exit status: 0 after a signal, 1 if the worker could not go on.

    Raises:
        PolicyError: the policy can't be used.
        FaultError: the topics can't be used.
    """
    policy = load_default_policy() if settings.policy is None else load_policy(settings.policy)
    return uvloop.run(_run(settings, policy, kafka, worker_id))


async def _run(settings: Settings, policy: Policy, kafka: str, worker_id: str) -> int:
    _tune_garbage_collection()
    stop = stop_event(_log)
    metrics = WorkerMetrics()
    with serving_metrics(metrics.registry, settings.api_host, settings.metrics_port):
        while (ready := await _topics(settings, kafka, stop)) is not None:
            if ready.unbounded:
                _log.warning(
                    "topics keep what was erased for longer than they should",
                    topics=list(ready.unbounded),
                )
            work = _Work(
                settings, _app_settings(settings, policy, kafka, worker_id, ready), ready, stop
            )
            try:
                return await _follow_policies(work, metrics)
            except (KafkaError, OSError, NotReadError) as error:
                _log.warning("Kafka went away during the start, trying again", reason=str(error))
            except (CurrencyError, NewerReleaseError) as error:
                _log.error("worker ends", reason=text_of(error))
                return 1
    return 0


class _Work(NamedTuple):
    """What one run of the app needs."""

    settings: Settings
    app_settings: AppSettings
    ready: TopicsReady
    stop: asyncio.Event


async def _follow_policies(work: _Work, metrics: WorkerMetrics) -> int:
    """Run the app under the policy of the settings' file, or under the published ones."""
    app_settings, file = work.app_settings, work.settings.policy
    if file is not None:
        _log_start(work, app_settings.policy)
        _log.info("the policy file decides, whatever is published", file=str(file))
        await _check_rows(app_settings, app_settings.policy.currency)
        return await _run_app(work, metrics, _record_policy(work, app_settings.policy, file.name))
    kafka, security = app_settings.bootstrap_servers, app_settings.security
    async with open_published_policies(kafka, security) as published:
        check = partial(_check_rows, app_settings)
        followed = FollowedPolicies(
            published, lambda: datetime.now(UTC), in_the_currency_of_rows(check)
        )
        policy = await begin(followed, app_settings.policy, check)
        _log_start(work, policy)
        metrics.watch_policies(lambda: followed.unusable)
        is_default = policy.version == app_settings.policy.version
        source = DEFAULT_POLICY if is_default else PUBLISHED_POLICY
        work = work._replace(app_settings=app_settings._replace(published=followed))
        return await _run_app(
            work, metrics, _record_policy(work, policy, source), followed.follow()
        )


def _log_start(work: _Work, policy: Policy) -> None:
    _log.info(
        "worker starts",
        worker=work.app_settings.worker_id,
        policy=policy.version,
        partitions=work.ready.partitions,
        replication=meaning(work.ready.brokers),
    )


async def _run_app(
    work: _Work, metrics: WorkerMetrics, *background: Coroutine[None, None, None]
) -> int:
    app = build_app(work.app_settings, time.time, metrics, metrics.ignored.note)
    metrics.watch(app.ownership, app.clock_hold_ups.seconds)
    async with exit_when_blocked(_BLOCKED_S):
        return await run_with_background(until_stopped(app, work.stop), *background)


async def _record_policy(work: _Work, policy: Policy, source: str) -> None:
    """Record the policy in the audit trail."""
    app_settings = work.app_settings
    async with own_trail(app_settings.bootstrap_servers, app_settings.security) as trail:
        await record_policy(trail, "worker", policy.version, source)


async def _check_rows(app_settings: AppSettings, currency: str) -> None:
    kafka, changelog = app_settings.bootstrap_servers, topics.changelog(app_settings.app_id)
    await check_rows(kafka, changelog, app_settings.partitions, currency, app_settings.security)


def _app_settings(
    settings: Settings, policy: Policy, kafka: str, worker_id: str, ready: TopicsReady
) -> AppSettings:
    data_dir = settings.data_dir / "worker"
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    wants_snapshots = settings.snapshots == "on"
    return AppSettings(
        app_id=settings.app_id,
        bootstrap_servers=kafka,
        security=security_of(settings),
        erasure_salt=salt_of(settings),
        policy=policy,
        partitions=ready.partitions,
        clock_from_topic=settings.clock == "topic",
        worker_id=worker_id,
        data_dir=data_dir,
        max_message_bytes=ready.max_message_bytes,
        snapshots=snapshot_folder(
            data_dir / "snapshots", worker_id, is_wanted=wants_snapshots, now=time.time()
        ),
        accepts_incomplete_changelog=settings.incomplete_changelog == "accept",
    )


async def _topics(settings: Settings, kafka: str, stop: asyncio.Event) -> TopicsReady | None:
    """Create the topics once Kafka is there; None if `stop` was set first."""
    warned, security = False, security_of(settings)
    while not stop.is_set():
        try:
            return await ensure_topics(
                kafka, catalogue(settings.app_id), settings.partitions, security, [settings.app_id]
            )
        except KafkaUnreachableError as fault:
            if not warned:
                _log.warning("waiting for Kafka", reason=str(fault))
                warned = True
            await asyncio.wait([asyncio.create_task(stop.wait())], timeout=_RETRY_S)
    return None


def _tune_garbage_collection() -> None:
    """Collect garbage seldom, and skip long-lived objects: rows and records hold no cycles."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


async def until_stopped(app: BatchApp, stop: asyncio.Event) -> int:
    """Run the app until `stop` is set, or it can't go on, and return the exit status.

    Raises:
        KafkaError: Kafka is away during the start; the app is stopped again.
    """
    try:
        await app.start()
    except (KafkaError, OSError):
        await _stop(app, _TIMEOUT_S)
        raise
    await app.wait_for_stopped(stop.wait())
    crashed = app.crashed  # Not later: Faust calls it a crash if it is stopped in a rebalance.
    await _stop(app, _TIMEOUT_S if stop.is_set() else _SHORT_TIMEOUT_S)
    if app.fatal is not None:
        trace = None if isinstance(app.fatal, BatchingError) else app.fatal
        _log.error("worker ends", reason=text_of(app.fatal), exc_info=trace)
        if isinstance(app.fatal, IncompleteChangelogError):
            _log.error("changelog_incomplete")
        return 1
    if crashed:
        reason = text_of(app.crash_reason) if app.crash_reason else "unknown"
        _log.error("worker ends", reason=reason)
        return 1
    if not stop.is_set():
        _log.error("worker ends", reason="it stopped by itself, without an error")
        return 1
    _log.info("worker ends")
    return 0


async def _stop(app: BatchApp, timeout_s: float) -> None:
    """Stop the app. If it hangs, end the process; the next owner aborts its transactions."""
    stopping = asyncio.create_task(app.stop())
    await asyncio.wait([stopping], timeout=timeout_s)
    if stopping.done():
        stopping.result()
        return
    reason = text_of(app.fatal) if app.fatal else "Kafka does not answer"
    _log.error("worker ends without a proper stop", after_seconds=timeout_s, reason=reason)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(1)

"""Starts everything, runs some work beside it, and ends everything again."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

from schemas.counted import counted
from schemas.policy import load_default_policy, load_policy
from schemas.topics import catalogue
from services.platform.access.guarding import check_address
from services.platform.erasure_salt import keep_salt
from services.platform.faults import FaultError
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.kafka.topics.replication import meaning
from services.platform.redact import without_password
from services.platform.settings import Settings
from services.platform.tasks import run_with_background
from services.read_model.connection import ReadModelAwayError, check_server
from services.tools.local_stack.folder import named_faults
from services.tools.local_stack.server import Server
from services.tools.local_stack.stack import running_servers
from services.tools.up.api_endpoint import choose_api_port, wait_until_ready
from services.tools.up.data_folder import RunningStack, publish_stack
from services.tools.up.deployment import Deployment, services_of
from services.tools.up.service import rotate_log
from services.tools.up.supervise import (
    ContinueOnFailure,
    EndOnFailure,
    Notifier,
    RestartRule,
    keep_server_running,
    keep_service_running,
)
from services.webhooks.topics import groups_of

T = TypeVar("T")
REDIS_TIMEOUT_S: Final = 5
Work = Callable[[RunningStack], Awaitable[T]]


async def with_all_services(
    settings: Settings,
    *,
    workers: int,
    notifier: Notifier,
    work: Work[T],
    tolerates_failures: bool = False,
) -> T:
    """Run the stack and all services in an owned data folder, and run the work beside them.

    The work begins when everything is ready. At the end the services end first, then the stack. A
    server or a service that ends is started again. If this `tolerates_failures`, the other services
    go on while one can't run.

    Raises:
        FaultError, StackError, PolicyError: something can't start, or keeps dying.
    """
    _check_policy(settings)
    if settings.erasure_salt is None:
        keep_salt(settings.data_dir)
    port = choose_api_port(settings)
    if settings.api_port not in {0, port}:
        notifier.info(f"Port {settings.api_port} is taken: the API takes port {port}.")
    if settings.redis_url:
        await _check_given_redis(settings.redis_url, settings.redis_ssl_cafile)
    given = {"kafka": settings.kafka_bootstrap_servers, "redis": settings.redis_url}
    async with running_servers(settings.data_dir, **given, report=notifier.info) as local:
        addresses = local.addresses
        topics = catalogue(settings.app_id)
        groups = groups_of(settings.app_id)
        ready = await ensure_topics(
            addresses.kafka, topics, settings.partitions, security_of(settings), groups
        )
        await check_address(settings, addresses.kafka)
        if settings.kafka_bootstrap_servers:
            notifier.info(meaning(ready.brokers))
        if ready.partitions != settings.partitions:
            there = counted(ready.partitions, "partition")
            notifier.info(f"The topics have {there}, not {settings.partitions}.")
        deployment = Deployment(settings, addresses, port, ready.partitions, workers)
        return await _run_services(
            deployment, local.servers, notifier, work, tolerates_failures=tolerates_failures
        )


async def _run_services(
    deployment: Deployment,
    servers: Iterable[Server],
    notifier: Notifier,
    work: Work[T],
    *,
    tolerates_failures: bool,
) -> T:
    services = services_of(deployment)
    with named_faults(deployment.settings.data_dir):
        for service in services:
            rotate_log(service)
    notifier.info(f"Starting {', '.join(service.name for service in services)} …")
    rule = RestartRule()
    on_failure = (
        ContinueOnFailure(services, notifier, rule.rest_s) if tolerates_failures else EndOnFailure()
    )
    return await run_with_background(
        _when_ready(deployment, notifier, work, tolerates_failures=tolerates_failures),
        *(keep_server_running(server, notifier.warn, rule) for server in servers),
        *(
            keep_service_running(service, notify=notifier.warn, rule=rule, on_failure=on_failure)
            for service in services
        ),
    )


async def _when_ready(
    deployment: Deployment, notifier: Notifier, work: Work[T], *, tolerates_failures: bool
) -> T:
    while True:
        try:
            await wait_until_ready(deployment.api_url)
        except FaultError as fault:
            if not tolerates_failures:
                raise
            notifier.warn(f"{fault} Stammkunde goes on waiting.")
        else:
            break
    at = deployment.addresses
    stack = RunningStack(kafka=at.kafka, redis=at.redis, api=deployment.api_url)
    with publish_stack(deployment.settings.data_dir, stack):
        return await work(stack)


def _check_policy(settings: Settings) -> None:
    """Refuse an invalid policy here, once, instead of in every service."""
    if settings.policy is None:
        load_default_policy()
    else:
        load_policy(settings.policy)


async def _check_given_redis(url: str, authorities: Path | None = None) -> None:
    """Check that a given Redis answers.

    Raises:
        FaultError: it does not answer, or the URL is invalid.
    """
    try:
        await check_server(url, authorities, REDIS_TIMEOUT_S)
    except ValueError as error:
        raise FaultError(f"REDIS_URL can't be used: {error}.") from None
    except ReadModelAwayError as error:
        redacted = without_password(url)
        raise FaultError(
            f"Redis does not answer at {redacted} ({error}): start it, or set REDIS_URL to where "
            "it runs."
        ) from None

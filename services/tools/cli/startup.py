"""Starts a role or a command: finds its servers, prints them, and runs until a signal."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import click
import structlog

from services.platform.faults import FaultError
from services.platform.logs import log_as_a_command, log_as_a_service
from services.platform.redact import without_password
from services.platform.settings import Settings
from services.platform.signals import stop_event

T = TypeVar("T")


class RoleEndedError(FaultError):
    """A role has ended by itself."""

    def __init__(self) -> None:
        super().__init__(
            "This role has ended, although no signal had asked it to, and without an error: its "
            "log may say why. Start it again, and please report it."
        )


def kafka_of(settings: Settings) -> str:
    """Return the Kafka of the settings, or that of the local stack that runs in the data folder.

    Raises:
        FaultError: neither is there.
    """
    from services.tools.up.data_folder import running_stack

    return settings.kafka_bootstrap_servers or running_stack(settings.data_dir).kafka


def redis_of(settings: Settings) -> str:
    """Return the Redis of the settings, or that of the local stack that runs in the data folder.

    Raises:
        FaultError: neither is there.
    """
    from services.tools.up.data_folder import running_stack

    return settings.redis_url or running_stack(settings.data_dir).redis


def log_connections(**servers: str) -> None:
    """Log what a role connects to, without any password."""
    redacted = {name: without_password(at) for name, at in servers.items()}
    structlog.get_logger().info("connections", **redacted)


def log_listening(url: str) -> None:
    """Log the URL of the API, which is ready now."""
    structlog.get_logger().info("listening", url=url)


def print_connections(role: str, **servers: str) -> None:
    """Print what a command connects to, without any password."""
    places = ", ".join(f"{name} at {without_password(at)}" for name, at in servers.items())
    click.echo(f"{role}: {places}", err=True)


def connect_role() -> tuple[Settings, str]:
    """Read the settings and log the Kafka that a role connects to; return both.

    Raises:
        SettingsError: a setting is invalid.
        FaultError: no Kafka is there.
    """
    settings = Settings.from_environment()
    kafka = kafka_of(settings)
    log_as_a_service()
    log_connections(kafka=kafka)
    return settings, kafka


def connect_command(name: str) -> tuple[Settings, str]:
    """Read the settings and print the Kafka that a command connects to; return both.

    Raises:
        SettingsError: a setting is invalid.
        FaultError: no Kafka is there.
    """
    settings = Settings.from_environment()
    kafka = kafka_of(settings)
    log_as_a_command()
    print_connections(name, Kafka=kafka)
    return settings, kafka


def run_until_signal(work: Coroutine[Any, Any, T]) -> T | None:
    """Run work until it ends, or until SIGINT or SIGTERM cancels it; then return None."""
    return asyncio.run(_until_signal(work))


def run_with_stop_event(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run a role that ends soon after SIGINT or SIGTERM has set its event.

    Raises:
        RoleEndedError: it has ended before.
    """
    asyncio.run(_with_stop(work))


async def _until_signal(work: Coroutine[Any, Any, T]) -> T | None:
    signalled = asyncio.create_task(stop_event().wait())
    task = asyncio.create_task(work)
    await asyncio.wait({task, signalled}, return_when=asyncio.FIRST_COMPLETED)
    if not signalled.done():
        signalled.cancel()
        return task.result()
    task.cancel()
    await asyncio.wait({task})
    return None if task.cancelled() else task.result()


async def _with_stop(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = stop_event(structlog.get_logger())
    await work(stop)
    if not stop.is_set():
        raise RoleEndedError

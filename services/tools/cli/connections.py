"""Finds the servers that a role or a command connects to, and says which."""

import click
import structlog

from services.platform.redact import without_password
from services.platform.settings import Settings


def kafka_of(settings: Settings) -> str:
    """Return the Kafka of the settings, or that of the local stack that runs in the data folder.

    Raises:
        FaultError: neither is there.
    """
    from services.tools.up.stack_file import running_stack

    return settings.kafka_bootstrap_servers or running_stack(settings.data_dir).kafka


def redis_of(settings: Settings) -> str:
    """Return the Redis of the settings, or that of the local stack that runs in the data folder.

    Raises:
        FaultError: neither is there.
    """
    from services.tools.up.stack_file import running_stack

    return settings.redis_url or running_stack(settings.data_dir).redis


def log_connections(**servers: str) -> None:
    """Log what a role connects to, without any password."""
    shown = {name: without_password(at) for name, at in servers.items()}
    structlog.get_logger().info("connections", **shown)


def log_listening(url: str) -> None:
    """Log where the API can be asked from now on."""
    structlog.get_logger().info("listening", url=url)


def say_connections(role: str, **servers: str) -> None:
    """Tell the user what a command connects to, without any password."""
    said = ", ".join(f"{name} at {without_password(at)}" for name, at in servers.items())
    click.echo(f"{role}: {said}", err=True)

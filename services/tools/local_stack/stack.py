"""The local stack: starts the servers whose addresses are not given, and stops them at the end."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.platform.tasks import uninterrupted
from services.tools.local_stack.kafka import KafkaServer
from services.tools.local_stack.server import Server, silent
from services.tools.local_stack.valkey import ValkeyServer


@dataclass(frozen=True)
class Addresses:
    """The addresses of Kafka and Redis.

    Attributes:
        kafka: bootstrap servers, `host:port`, several with commas.
        redis: a URL, `redis://host:port/0`.
    """

    kafka: str
    redis: str


@dataclass(frozen=True)
class LocalStack:
    """A running stack: its addresses, and the servers that were started for it."""

    addresses: Addresses
    servers: tuple[Server, ...]


@asynccontextmanager
async def local_stack(
    data_dir: Path,
    *,
    kafka: str | None = None,
    redis: str | None = None,
    report: Callable[[str], None] = silent,
) -> AsyncIterator[Addresses]:
    """Run a stack as `running_servers` does, and yield only its addresses."""
    async with running_servers(data_dir, kafka=kafka, redis=redis, report=report) as stack:
        yield stack.addresses


@asynccontextmanager
async def running_servers(
    data_dir: Path,
    *,
    kafka: str | None = None,
    redis: str | None = None,
    report: Callable[[str], None] = silent,
) -> AsyncIterator[LocalStack]:
    """Run a Kafka and a Valkey with their data in `data_dir`, while the block runs.

    Both listen on 127.0.0.1 only, and are ready when the block begins. The next stack in the same
    folder finds their data again. Enter it in a thread that lives as long as the block: on Linux
    the servers end with that thread.

    Args:
        data_dir: made when missing; for one stack at a time.
        kafka: bootstrap servers of a running Kafka; then none is started.
        redis: the URL of a running Redis or Valkey; then none is started.
        report: gets a line for each step.

    Raises:
        StackError: the stack can't start; the message says why and what to do.
    """
    servers: list[Server] = []
    async with AsyncExitStack() as running:
        if not redis:
            valkey = ValkeyServer(data_dir / "valkey", report=report)
            await _run(valkey, running)
            servers.append(valkey)
            redis = valkey.url
        if not kafka:
            server = KafkaServer(data_dir / "kafka", report=report)
            await _run(server, running)
            servers.append(server)
            kafka = server.address
        yield LocalStack(Addresses(kafka, redis), tuple(servers))


async def _run(server: Server, running: AsyncExitStack) -> None:
    running.push_async_callback(_stop, server)
    await server.start()


async def _stop(server: Server) -> None:
    """Stop a server in order: a cancellation meanwhile would kill it."""
    await uninterrupted(server.stop())

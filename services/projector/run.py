"""Keeps the projector going until it is told to stop."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import structlog
from aiokafka.errors import KafkaError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.platform.erasure_salt import salt_of
from services.platform.kafka.security import security_of
from services.platform.outage import Backoff
from services.platform.run_until_first_exits import run_until_first_exits, until_stopped
from services.platform.settings import Settings
from services.projector.feed import Feed
from services.projector.liveness import beating, no_beat
from services.projector.outages import Outages
from services.projector.session import Session, SourcesChangedError
from services.projector.sources import SourceNames, TopicsMissingError
from services.read_model.connection import connect
from services.read_model.disk import Disk
from services.read_model.keys import Keys
from services.read_model.retention import Retention
from services.read_model.store import ModelLostError, OwnedElsewhereError, Store
from topology.batching.security import OPEN, KafkaSecurity

AGAIN_AFTER_S: Final = 8.0
"""Longer than a session takes that has to tell its own parts again: then it is told once more."""
FAREWELL_S: Final = 1.0
"""How long Redis may take to hear that the projector has ended."""


async def run_projector(settings: Settings, *, kafka: str, redis: str, stop: asyncio.Event) -> None:
    """Keep the read model at `redis` in step with the topics at `kafka` until `stop` is set.

    Kafka or Redis away, topics missing, a read model lost: it says so once, waits and goes on.
    """
    projector = Projector(
        kafka=kafka,
        redis=redis,
        names=SourceNames.of(settings.app_id),
        keys=Keys.of(settings.app_id),
        security=security_of(settings),
        authorities=settings.redis_ssl_cafile,
        salt=salt_of(settings),
        beat=beating(settings.data_dir),
    )
    await until_stopped(projector.run(), stop, AGAIN_AFTER_S)


def wall_clock_ms() -> int:
    """The machine's time, in milliseconds."""
    return time.time_ns() // 1_000_000


class Projector:
    """Lives one session after the other."""

    def __init__(  # noqa: PLR0913 - all that it connects to, each by its name
        self,
        *,
        kafka: str,
        redis: str,
        names: SourceNames,
        keys: Keys,
        security: KafkaSecurity = OPEN,
        authorities: Path | None = None,
        salt: bytes | None = None,
        now_ms: Callable[[], int] = wall_clock_ms,
        beat: Callable[[], None] = no_beat,
    ) -> None:
        self._token = secrets.token_hex(8)
        self._names = names
        self._keys = keys
        self._kafka_at = kafka
        self._redis_at = redis
        self._security = security
        self._authorities = authorities
        self._salt = salt
        self._now_ms = now_ms
        self._beat = beat
        self._log = structlog.get_logger().bind(role="projector")
        self._outages = Outages.of(self._log)
        self._disk = Disk(keys.on_disk, self._log)
        self._backoff = Backoff()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._beat()
            try:
                await self._live()
            except ModelLostError:
                self._log.warning("read_model_lost")
            except SourcesChangedError:
                self._log.warning("topics_changed")
            except OwnedElsewhereError:
                self._outages.turn.away("another projector is at work for this application")
            except TopicsMissingError as missing:
                self._outages.topics.away(f"missing or not usable yet: {missing}")
            except RedisError as error:
                self._outages.redis.away(str(error) or type(error).__name__)
            except (KafkaError, OSError) as error:
                self._outages.kafka.away(str(error) or type(error).__name__)
            await asyncio.sleep(self._backoff.pause_s())

    async def _live(self) -> None:
        async with (
            connect(self._redis_at, self._authorities) as redis,
            self._owned_store(redis) as store,
        ):
            self._outages.redis.back()
            self._outages.turn.back()
            async with Feed(self._kafka_at, self._names, self._security) as feed:
                self._backoff.reset()
                session = Session(
                    feed,
                    store,
                    Retention(),
                    self._outages,
                    self._now_ms,
                    self._salt,
                    self._log,
                    self._beat,
                )
                await run_until_first_exits(session.live(), self._disk.follow(redis))

    @asynccontextmanager
    async def _owned_store(self, redis: Redis) -> AsyncIterator[Store]:
        store = Store(redis, self._keys, self._token)
        await store.acquire()
        try:
            yield store
        finally:
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await store.release()

"""Keeps the projector going until somebody stops it."""

import asyncio
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from services.platform.erasure_salt import salt_of
from services.platform.kafka.security import security_of
from services.platform.outage import Backoff
from services.platform.settings import Settings
from services.platform.tasks import run_until_first_exits, until_stopped
from services.projector.feed import Feed
from services.projector.liveness import beating, no_beat
from services.projector.session import Outages, Retention, Session, SourcesChangedError
from services.projector.sources import SourceNames, TopicsMissingError
from services.read_model.connection import ReadModelAwayError
from services.read_model.disk import Disk
from services.read_model.keys import Keys
from services.read_model.writer import ModelLostError, OwnedElsewhereError, open_writer
from topology.batching.security import OPEN, KafkaSecurity

AGAIN_AFTER_S: Final = 8.0
"""A session may have to cancel its own tasks twice. This is longer than that takes."""


async def run_projector(settings: Settings, *, kafka: str, redis: str, stop: asyncio.Event) -> None:
    """Keep the read model at `redis` in step with the topics at `kafka` until `stop` is set.

    If Kafka or Redis is away, topics are missing or the read model is lost, it logs that once,
    waits and goes on.
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
    """Runs one session after the other."""

    def __init__(  # noqa: PLR0913 - all that it connects to, by keyword
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
            except ReadModelAwayError as error:
                self._outages.redis.away(str(error))
            except (KafkaError, OSError) as error:
                self._outages.kafka.away(str(error) or type(error).__name__)
            await asyncio.sleep(self._backoff.pause_s())

    async def _live(self) -> None:
        async with open_writer(
            self._redis_at, self._authorities, self._keys, self._token
        ) as writer:
            self._outages.redis.back()
            self._outages.turn.back()
            async with Feed(self._kafka_at, self._names, self._security) as feed:
                self._backoff.reset()
                session = Session(
                    feed=feed,
                    writer=writer,
                    retention=Retention(),
                    outages=self._outages,
                    now_ms=self._now_ms,
                    salt=self._salt,
                    log=self._log,
                    beat=self._beat,
                )
                await run_until_first_exits(session.live(), writer.keep_files_clean(self._disk))

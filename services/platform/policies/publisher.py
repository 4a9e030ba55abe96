"""Publishes a policy. Of two who publish at the same time one wins, and the other learns of it.

All publishers share one transactional id: whoever begins fences whoever began before. Only then the
publisher reads the topic to its end. So nobody else commits between this reading and its commit.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, KafkaConnectionError, KafkaError

from schemas.policy import load_default_policy
from schemas.policy.load import PolicySource
from schemas.policy_publication import PolicyPublication
from schemas.topics import POLICIES
from services.platform.faults import FaultError, KafkaUnreachableError, NotWrittenError
from services.platform.kafka.clients import close_client, new_producer, start_client
from services.platform.policies.publications import PLACE, Publications, fetch_publications
from topology.batching.aiokafka_workarounds import consume_batch_exception, fatal_error_of
from topology.batching.security import KafkaSecurity

TRANSACTIONAL_ID: Final = f"{POLICIES}-publisher"
LEAD: Final = timedelta(seconds=5)
"""How long after its publication a policy comes into force: by then all workers have read it."""
LARGEST: Final = 15 * 1024 * 1024
"""Bytes of a publication at most, with its files of rates."""
_MAX_REQUEST: Final = 16 * 1024 * 1024
_TRANSACTION_MS: Final = 10_000
_TIMEOUT_S: Final = 30.0
"""How long Kafka may take for each step, such as to end the transaction of an earlier publisher."""
_WINNER_S: Final = 15.0
"""How long another publisher, who fenced this one, may take to commit."""
_READ_AGAIN_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that is to be published."""

    version: str
    source: PolicySource
    in_force_from: datetime | None = None
    """None: soon."""
    published_by: str | None = None
    note: str | None = None
    trial_id: str | None = None


class OutdatedDraftError(FaultError):
    """Somebody else published meanwhile. The message names who, what and when."""

    def __init__(self, newest: PolicyPublication | None, replaces: str) -> None:
        if newest is None:
            super().__init__(
                f"Nothing was published: no policy has been published yet, so {replaces} can't be "
                "replaced. Leave out --replaces."
            )
            return
        who = newest.published_by or "somebody"
        super().__init__(
            f"Nothing was published: {who} published version {newest.version} at "
            f"{newest.published_at:%Y-%m-%d %H:%M:%S} UTC, so {replaces} is no longer the one to "
            f"replace. See `stammkunde policy diff {replaces} {newest.version}`, and publish again "
            f"if your policy is to replace that one."
        )


class FencedPublisherError(FaultError):
    """Somebody else began to publish meanwhile, and has not finished."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was published: somebody else began to publish at the same time. `stammkunde "
            "policy list` shows what is published. Publish again if your policy is to replace that."
        )


class TooLargePolicyError(FaultError):
    """The policy and its files do not fit into a record."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The policy with its files of rates has {size / 1024**2:.1f} MiB, and a publication "
            f"takes {LARGEST // 1024**2}: leave out currencies or days that no order needs."
        )


async def publish(
    kafka: str,
    security: KafkaSecurity,
    draft: Draft,
    known: Publications,
    now: Callable[[], datetime],
) -> PolicyPublication:
    """Publish a policy, if nobody else has published since `known` was read.

    Raises:
        OutdatedDraftError: somebody else has.
        FencedPublisherError: somebody else is about to.
        TooLargePolicyError: it does not fit into a record.
        KafkaUnreachableError: no broker answers.
        NotWrittenError: Kafka did not confirm it.
    """
    producer = new_producer(
        kafka,
        security,
        transactional_id=TRANSACTIONAL_ID,
        transaction_timeout_ms=_TRANSACTION_MS,
        max_request_size=_MAX_REQUEST,
    )
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            await start_client(producer)
    except (KafkaConnectionError, TimeoutError):
        raise KafkaUnreachableError(kafka) from None
    try:
        found = await fetch_publications(kafka, security)
        _check_unchanged(found, known)
        publication = _publication(draft, found, now())
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await _write(producer, publication)
        except (KafkaError, IllegalOperation, AssertionError, TimeoutError) as error:
            # aiokafka raises different errors if another producer has fenced this one.
            fatal_error_of(producer)
            await _look_for(publication, known, kafka, security, error)
    finally:
        await close_client(producer)
    return publication


def replaced_version(publications: Publications) -> str:
    """Return the version that the next publication replaces."""
    newest = publications.newest
    return load_default_policy().version if newest is None else newest.version


def _check_unchanged(found: Publications, known: Publications) -> None:
    if found.last_revision != known.last_revision:
        raise OutdatedDraftError(found.newest, replaced_version(known))


def _publication(draft: Draft, found: Publications, now: datetime) -> PolicyPublication:
    return PolicyPublication(
        revision=found.last_revision + 1,
        version=draft.version,
        replaces=replaced_version(found),
        published_at=now,
        in_force_from=now + LEAD if draft.in_force_from is None else draft.in_force_from,
        published_by=draft.published_by,
        note=draft.note,
        trial_id=draft.trial_id,
        text=draft.source.text,
        files=dict(draft.source.files),
    )


async def _write(producer: AIOKafkaProducer, publication: PolicyPublication) -> None:
    value, key = publication.model_dump_json().encode(), str(publication.revision).encode()
    if len(value) > LARGEST:
        raise TooLargePolicyError(len(value))
    async with producer.transaction():
        sent = await producer.send(POLICIES, value, key, partition=PLACE.partition)
        consume_batch_exception(producer, PLACE)
        await sent


async def _look_for(
    publication: PolicyPublication,
    known: Publications,
    kafka: str,
    security: KafkaSecurity,
    error: BaseException,
) -> None:
    """Return if a publication is there although its transaction seemed to fail; else raise why."""
    clock = asyncio.get_running_loop().time
    ends = clock() + _WINNER_S
    while True:
        found = await fetch_publications(kafka, security)
        if publication in found.readable:
            return
        _check_unchanged(found, known)
        if clock() > ends:
            break
        await asyncio.sleep(_READ_AGAIN_S)
    if isinstance(error, TimeoutError):
        raise NotWrittenError(POLICIES, "it took too long")
    raise FencedPublisherError

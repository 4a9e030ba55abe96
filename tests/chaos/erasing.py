"""Asks for erasures in the way of the API: first it is noted that it was asked."""

from typing import Final

from aiokafka import AIOKafkaProducer

from schemas import topics
from schemas.erasure import Erasure, ErasureStatus
from tests.chaos.load import Erasing
from topology.agents.join_records import Erase, encode_join
from topology.domain.history.instant import from_datetime
from topology.domain.rows.erased import fingerprint_of

SALT: Final = "nobody guesses the salt of chaos"


async def ask(producer: AIOKafkaProducer, app_id: str, erasing: Erasing) -> None:
    """Ask the workers to erase whoever has the name, and return when Kafka has it."""
    erasure = Erasure(
        erasure_id=erasing.erasure_id,
        status=ErasureStatus.REQUESTED,
        requested_at=erasing.requested_at,
    )
    await producer.send_and_wait(
        topics.ERASURES, erasure.model_dump_json().encode(), erasing.erasure_id.encode()
    )
    at = from_datetime(erasing.requested_at)
    asked = Erase(app_id, erasing.erasure_id, at, fingerprint_of(SALT.encode()))
    await producer.send_and_wait(topics.JOINS, encode_join(asked), erasing.name.encode())

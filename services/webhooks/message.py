"""A webhook message: a record of the topic of triggers as a body to send, and its signature. Pure.

Each queue decodes each trigger once, when it reads the record. It keeps the body, which is signed
again for each attempt.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aiokafka import ConsumerRecord
from msgspec import DecodeError
from msgspec.json import Decoder, encode

from services.webhooks.partition_queue import OpenTrigger
from services.webhooks.subscriptions import PREFIX
from topology.domain.rules.emitted import NewTrigger

TRIGGER: Final = "retention.trigger"
PING: Final = "webhook.ping"
"""The `type` of a body."""
_TRIGGER: Final = Decoder(NewTrigger)


class UnreadableError(Exception):
    """The record is no trigger. The message reveals nothing of its content."""


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """One trigger to be sent. `body` is signed and sent, the same at each attempt."""

    offset: int
    appended_ms: int
    """When Kafka took it."""
    effective_at: datetime
    """When the trigger took effect."""
    customer_id: str = field(repr=False)
    webhook_id: str
    rule: str
    kind: str
    holdout: bool
    body: bytes = field(repr=False)


def message_of(record: ConsumerRecord) -> WebhookMessage:
    """Decode a record.

    Raises:
        UnreadableError: the record is no trigger.
    """
    value = record.value or b""
    try:
        trigger = _TRIGGER.decode(value)
    except DecodeError:
        raise UnreadableError from None
    return WebhookMessage(
        offset=record.offset,
        appended_ms=record.timestamp,
        effective_at=trigger.effective_at,
        customer_id=trigger.customer_id,
        webhook_id=trigger.trigger_id,
        rule=trigger.rule,
        kind=trigger.action.kind,
        holdout=trigger.holdout,
        body=envelope(TRIGGER, trigger.effective_at, value),
    )


def open_trigger(message: WebhookMessage) -> OpenTrigger:
    """Return the entry of a message in its queue, before the first attempt."""
    return OpenTrigger(
        message.offset,
        message.customer_id,
        message.webhook_id,
        message.rule,
        appended_ms=message.appended_ms,
    )


def envelope(kind: str, at: datetime, data: bytes) -> bytes:
    """Return the body of a webhook: its type, when that happened, and the JSON in `data`."""
    return b'{"type":%b,"timestamp":%b,"data":%b}' % (encode(kind), encode(at), data)


def ping_body(subscription_id: str, now: datetime) -> bytes:
    """Return the body of a webhook that tests an endpoint."""
    return envelope(PING, now, encode({"subscription_id": subscription_id}))


def signed_headers(
    webhook_id: str, now: datetime, body: bytes, secrets: Sequence[str]
) -> Mapping[str, str]:
    """Return the three headers of Standard Webhooks, with a signature by each of the secrets."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((webhook_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()

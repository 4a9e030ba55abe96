"""The whole way of a webhook: from its signature to the messages that Kafka has acknowledged."""

import json
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from schemas.dead_letter import DeadLetterReason
from schemas.messages.reading import parse
from services.connect.connectors import CONNECTORS, Connector
from services.connect.mapped import Headers, Mapped, Outcome, UnmappableError
from services.connect.metrics import ConnectMetrics
from services.connect.naming import Naming
from services.connect.sources import Sighting, Source, Sources
from services.ingest.answers import IgnoredPart, Received, Rejected
from services.ingest.batch import Batch
from services.ingest.intake import Intake, Sender, refuse_whole, take_in
from services.ingest.routing import endpoint_of_source
from services.platform.faults import NotReadError
from services.platform.http.problems import Problem, Unavailable

MOST_BYTES: Final = 1_000_000
"""Of the body of a webhook. A dead letter of it still fits into Kafka's usual limit."""
NOBODYS_SECRET: Final = ("no source has this secret",)
"""The signature of a webhook for an unknown source is checked with it, so that it takes as long."""
SOME_CONNECTOR: Final = CONNECTORS["shopify"]
LONGEST_TOPIC: Final = 100
REQUESTS: Final = frozenset({Outcome.ERASURE, Outcome.DATA_REQUEST, Outcome.SHOP_ERASURE})
"""The outcomes of requests about somebody's data."""
SHOP: Final = Sender(may_unsuppress=False, lifting=lambda _profiles, _refused: nullcontext())
"""A connected shop: none of its webhooks takes anybody off the suppression list."""


class UnknownSource(Problem):
    """No source of this kind and name was added."""

    status, kind = HTTPStatus.NOT_FOUND, "unknown-source"
    detail = "There is no such source: `stammkunde connect add` adds one, and prints its address."


class WrongSignature(Problem):
    """The webhook was not signed with a secret of its source."""

    status, kind = HTTPStatus.UNAUTHORIZED, "wrong-signature"
    detail = (
        "The signature is missing, or is not of this body and the secret of this source: "
        "`stammkunde connect rotate` gives the source another secret."
    )


class SourcesNotRead(Unavailable):
    """It is not known yet which sources there are."""

    kind = "sources-not-read"
    detail = (
        "The connected shops are kept in Kafka and could not be read since this process started: "
        "start Kafka, or check KAFKA_BOOTSTRAP_SERVERS."
    )


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """A request about the data of a person, or of all customers of a shop."""

    source: Source
    outcome: Outcome
    names: tuple[str, ...]
    event_id: str
    """The same for each attempt to deliver the request."""


AnswerRequest = Callable[[PersonRequest], Awaitable[None]]
"""Returns once a request about somebody's data is safe in Kafka; raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the address of a source."""

    kind: str
    name: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Connect:
    """The dependencies of taking in webhooks."""

    sources: Sources
    intake: Intake
    metrics: ConnectMetrics
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a webhook, and what was seen of its source."""

    source: Source
    outcome: Outcome
    received: Received
    """What became of its messages. Nothing is said of a webhook that is not accepted."""
    sighting: Sighting

    @property
    def is_accepted(self) -> bool:
        """Whether the webhook is from its shop."""
        return self.outcome not in {Outcome.UNSIGNED, Outcome.WRONG_SIGNATURE}


@dataclass(frozen=True, slots=True)
class _Webhook:
    """A webhook whose signature is right."""

    source: Source
    connector: Connector
    headers: Headers
    body: bytes

    @property
    def topic(self) -> str:
        return self.connector.topic_of(self.headers)[:LONGEST_TOPIC]


async def receive(connect: Connect, call: Call, answer_request: AnswerRequest) -> Receipt:
    """Check a webhook, map it, and return once Kafka has what it says.

    A signed webhook that can't be mapped becomes a dead letter and is accepted: its shop would send
    it again in vain.

    Raises:
        UnknownSource: there is no such source.
        Unavailable: Kafka has not acknowledged.
    """
    connector = CONNECTORS.get(call.kind)
    source = None if connector is None else _find(connect, call.kind, call.name)
    if source is None or connector is None:
        # It takes as long as to refuse a signature: nobody learns by it which sources there are.
        (connector or SOME_CONNECTOR).verify(call.headers, call.body, NOBODYS_SECRET)
        connect.metrics.count(None, Outcome.UNKNOWN_SOURCE)
        raise UnknownSource
    fault = connector.verify(call.headers, call.body, source.secrets_at(connect.now()))
    if fault is not None:
        return _receipt(connect, source, "", _Result(fault))
    webhook = _Webhook(source, connector, call.headers, call.body)
    result = await _take(connect, webhook, answer_request)
    return _receipt(connect, source, webhook.topic, result)


def _find(connect: Connect, kind: str, name: str) -> Source | None:
    try:
        return connect.sources.find(kind, name)
    except NotReadError:
        raise SourcesNotRead from None


@dataclass(frozen=True, slots=True)
class _Result:
    outcome: Outcome
    received: Received = field(default_factory=Received)
    messages: int = 0
    detail: str = ""


async def _take(connect: Connect, webhook: _Webhook, answer_request: AnswerRequest) -> _Result:
    source, endpoint = webhook.source, endpoint_of_source(webhook.source.kind, webhook.source.name)
    try:
        naming = Naming(source.kind, source.name)
        mapped = map_body(webhook.connector, webhook.headers, webhook.body, naming)
    except UnmappableError as error:
        await refuse_whole(connect.intake, endpoint, webhook.body, error.reason, error.detail)
        rejected = Rejected(index=0, message_id=None, reason=error.reason, detail=error.detail)
        received = Received(accepted=0, ignored=(), rejected=(rejected,))
        return _Result(Outcome.DEAD_LETTER, received, 0, error.detail)
    if mapped.outcome in REQUESTS:
        await answer_request(_request(webhook, mapped))
        return _Result(mapped.outcome)
    if not mapped.messages:
        part = IgnoredPart(index=0, message_id=None, fields=(), detail=mapped.detail)
        received = Received(accepted=0, ignored=(part,), rejected=())
        return _Result(mapped.outcome, received, 0, mapped.detail)
    batch = Batch(tuple(json.dumps(each).encode() for each in mapped.messages))
    received = await take_in(connect.intake, endpoint, batch, SHOP)
    refused = received.rejected or ()
    return _Result(
        Outcome.DEAD_LETTER if refused else mapped.outcome,
        received,
        len(batch.events) - len(refused),
        refused[0].detail if refused else "",
    )


def map_body(connector: Connector, headers: Headers, body: bytes, naming: Naming) -> Mapped:
    """Return the meaning of a signed webhook.

    Raises:
        UnmappableError: it has none.
    """
    try:
        payload = parse(body)
    except ValueError as error:
        detail = f"this is no JSON in UTF-8: {error}"
        raise UnmappableError(detail, DeadLetterReason.NOT_JSON) from None
    if not isinstance(payload, dict):
        raise UnmappableError("this is JSON, but no object")
    return connector.map_webhook(headers, payload, naming)


def _request(webhook: _Webhook, mapped: Mapped) -> PersonRequest:
    event_id = webhook.connector.event_id_of(webhook.headers) or sha256(webhook.body).hexdigest()
    return PersonRequest(webhook.source, mapped.outcome, mapped.names, event_id)


def _receipt(connect: Connect, source: Source, topic: str, result: _Result) -> Receipt:
    connect.metrics.count(source, result.outcome)
    sighting = Sighting(
        at=connect.now(), topic=topic, messages=result.messages, detail=result.detail
    )
    return Receipt(source, result.outcome, result.received, sighting)

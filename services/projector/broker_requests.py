"""Requests to a broker that aiokafka's clients don't offer.

`TopicMetadataRequest` is Kafka's Metadata request in version 12, which returns the ids of topics
(aiokafka stops at 5). A topic that is deleted and created again keeps its name, but not its id.
`ask_tombstone_retention_ms` returns how long Kafka keeps the tombstones of a topic.
"""

from io import BytesIO
from typing import Final

from aiokafka.admin.config_resource import ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import DescribeConfigsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

NO_ID: Final = b"\0" * 16
_TEXT: Final = CompactString("utf-8")
_RETENTION: Final = "delete.retention.ms"


class TopicId(AbstractType[bytes]):  # type: ignore[misc] # aiokafka is not typed
    """A UUID, as its sixteen bytes."""

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        """Return the bytes."""
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        """Read sixteen bytes."""
        return data.read(len(NO_ID))


class TopicMetadataResponse(Response):  # type: ignore[misc] # aiokafka is not typed
    """The answer: brokers, and for each topic its error, name, id and partitions."""

    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", _TEXT),
                ("port", Int32),
                ("rack", _TEXT),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _TEXT),
                ("topic_id", TopicId),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class TopicMetadataRequestV12(RequestStruct):  # type: ignore[misc] # aiokafka is not typed
    """The question on the wire."""

    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = TopicMetadataResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", TopicId), ("name", _TEXT), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class TopicMetadataRequest(Request[TopicMetadataRequestV12]):  # type: ignore[misc]
    """Asks about topics by name; creates none."""

    API_KEY = 3

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[TopicMetadataRequestV12]) -> TopicMetadataRequestV12:
        """Return the question in the version that the broker speaks."""
        untagged: dict[int, bytes] = {}
        topics = [(NO_ID, name, untagged) for name in self._names]
        return request_struct_class(topics, False, False, untagged)  # noqa: FBT003 - the wire's order


async def ask_tombstone_retention_ms(client: AIOKafkaClient, topic: str) -> int:
    """Ask a broker how long it keeps the tombstones of a topic.

    Raises:
        KafkaError: no broker answers, or none may tell us.
    """
    request = DescribeConfigsRequest([(ConfigResourceType.TOPIC, topic, [_RETENTION])], False)  # noqa: FBT003 - the wire's order
    answer = await client.send(client.get_random_node(), request)
    [resource] = answer.to_object()["resources"]
    if resource["error_code"]:
        raise for_code(resource["error_code"])
    [entry] = resource["config_entries"]
    return int(entry["config_value"])

"""How long Kafka keeps the tombstones of a topic."""

from typing import Final

from aiokafka.admin.config_resource import ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import DescribeConfigsRequest

_SETTING: Final = "delete.retention.ms"


async def tombstones_kept_ms(client: AIOKafkaClient, topic: str) -> int:
    """Ask a broker.

    Raises:
        KafkaError: no broker answers, or none that may say it.
    """
    asked = DescribeConfigsRequest([(ConfigResourceType.TOPIC, topic, [_SETTING])], False)  # noqa: FBT003 - the wire's order
    answer = await client.send(client.get_random_node(), asked)
    [resource] = answer.to_object()["resources"]
    if resource["error_code"]:
        raise for_code(resource["error_code"])
    [entry] = resource["config_entries"]
    return int(entry["config_value"])

"""The topics that the projector reads, as Kafka has them now."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Self

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code

from schemas.topics import HELD, TRANSITIONS, TRIGGERS, changelog
from services.projector.broker_requests import TopicMetadataRequest

_UNKNOWN_TOPIC: Final = 3


@dataclass(frozen=True, slots=True)
class SourceNames:
    """The names of the topics that the projector reads."""

    rows: str
    transitions: str
    triggers: str
    held: str

    @classmethod
    def of(cls, app_id: str) -> Self:
        """The topics of the application `app_id`."""
        return cls(changelog(app_id), TRANSITIONS, TRIGGERS, HELD)

    def roles(self) -> dict[str, str]:
        """The role of each topic in the read model: rows, transitions, triggers or held."""
        return {name: role for role, name in asdict(self).items()}


class TopicsMissingError(Exception):
    """Some topics, in `names`, are not there, or not usable yet."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


@dataclass(frozen=True, slots=True)
class Sources:
    """The topics, their ids and partitions. Equal as long as no topic is created again or grows."""

    names: SourceNames
    ids: Mapping[str, str]
    """The topics' ids, by role: see `SourceNames.roles`."""
    partitions: tuple[TopicPartition, ...]
    """Rows first: a trigger's customer must be there when the trigger is."""

    @classmethod
    async def ask(cls, client: AIOKafkaClient, topics: SourceNames) -> Self:
        """Ask a broker.

        Raises:
            TopicsMissingError: not all of them are there, with a leader for each partition.
            KafkaError: no broker answers.
        """
        roles = topics.roles()
        names = list(roles)
        answer = await client.send(client.get_random_node(), TopicMetadataRequest(names))
        found = {topic[1]: topic for topic in answer.topics}
        missing = [name for name in names if not _usable(found[name])]
        if missing:
            raise TopicsMissingError(missing)
        return cls(
            names=topics,
            ids={role: found[name][2].hex() for name, role in roles.items()},
            partitions=tuple(
                TopicPartition(name, number)
                for name in names
                for number in range(len(found[name][4]))
            ),
        )

    @property
    def rows_partitions(self) -> int:
        """How many partitions the rows have."""
        return sum(each.topic == self.names.rows for each in self.partitions)

    def place(self, partition: TopicPartition) -> str:
        """The name of a partition in the read model: `role:partition`."""
        return f"{self.names.roles()[partition.topic]}:{partition.partition}"


def _usable(topic: Sequence[object]) -> bool:
    error, partitions = topic[0], topic[4]
    if error not in (0, _UNKNOWN_TOPIC):
        raise for_code(error)
    return error == 0 and bool(partitions) and all(each[2] >= 0 for each in partitions)  # type: ignore[attr-defined]

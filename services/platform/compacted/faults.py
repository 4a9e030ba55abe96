"""What can go wrong with a table that is kept in Kafka.

FaultError
└── TableError            names the topic
    ├── NotReadError      nothing is known yet of what the table holds
    └── NotWrittenError   it is not known whether Kafka took a record
"""

from services.platform.faults import FaultError


class TableError(FaultError):
    """A table in Kafka can't be used at the moment."""


class NotReadError(TableError):
    """The topic has not been read to its end yet."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"The topic {topic} has not been read yet ({reason}): try again soon.")


class NotWrittenError(TableError):
    """Kafka did not say in time that it took a record."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(
            f"Kafka did not confirm a record of the topic {topic} ({reason}), so that it may be "
            "there or not: look, and do it again if need be."
        )

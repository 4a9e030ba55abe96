"""Errors that are no bugs, such as a missing file, or a server that does not answer.

FaultError                   the command ends with status 1 and the text on stderr
├── KafkaUnreachableError    no broker answers at the address
│   └── KafkaRefusesError    a server listens there, but does not accept this client
└── TableError               a compacted table can't be used; its text names the topic
    ├── NotReadError         the table has not been read to its end yet
    └── NotWrittenError      Kafka may have taken a record, or not
"""


class FaultError(Exception):
    """The user can put it right. The text is one sentence that says how."""


class KafkaUnreachableError(FaultError):
    """No broker answers at the given address."""

    def __init__(self, servers: str) -> None:
        super().__init__(
            f"Kafka does not answer at {servers}: start it, or set KAFKA_BOOTSTRAP_SERVERS to "
            "where it runs."
        )


class KafkaRefusesError(KafkaUnreachableError):
    """A server listens at the address, but is only starting, or asks for other credentials."""

    def __init__(self, servers: str) -> None:
        FaultError.__init__(
            self,
            f"Kafka at {servers} does not let us in: wait if it is just starting, else see that "
            "STAMMKUNDE_KAFKA_SECURITY_PROTOCOL, and the STAMMKUNDE_KAFKA_SASL_… and "
            "STAMMKUNDE_KAFKA_SSL_… that it needs, are what this listener asks for.",
        )


class TableError(FaultError):
    """A compacted table can't be used at the moment."""


class NotReadError(TableError):
    """The table's topic has not been read to its end yet."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(f"The topic {topic} has not been read yet ({reason}): try again soon.")


class NotWrittenError(TableError):
    """Kafka did not confirm a record in time."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(
            f"Kafka did not confirm a record of the topic {topic} ({reason}), so that it may be "
            "there or not: look whether it is, and repeat the change if it is not."
        )

"""What can go wrong without being a bug: a file that is missing, a server that is away.

FaultError                  the command ends with status 1 and the text on stderr
└── KafkaUnreachableError   nothing answers at the address
"""


class FaultError(Exception):
    """Something that the user can put right. The text is one sentence that says how."""


class KafkaUnreachableError(FaultError):
    """No broker answers at the given address."""

    def __init__(self, servers: str) -> None:
        super().__init__(
            f"Kafka does not answer at {servers}: start it, or set KAFKA_BOOTSTRAP_SERVERS to "
            "where it runs."
        )

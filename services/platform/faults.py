"""What can go wrong without being a bug: a file that is missing, a server that is away.

FaultError                  the command ends with status 1 and the text on stderr
└── KafkaUnreachableError   no broker answers at the address
    └── KafkaRefusesError   somebody is there, but does not let us in
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


class KafkaRefusesError(KafkaUnreachableError):
    """Somebody listens at the given address, but not to us: it is starting, or we are strangers."""

    def __init__(self, servers: str) -> None:
        FaultError.__init__(
            self,
            f"Kafka at {servers} does not let us in: wait if it is just starting, else see that "
            "STAMMKUNDE_KAFKA_SECURITY_PROTOCOL, and the STAMMKUNDE_KAFKA_SASL_… and "
            "STAMMKUNDE_KAFKA_SSL_… that it needs, are what this listener asks for.",
        )

"""Security settings of Kafka clients: authentication and encryption."""

import ssl
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import SecretStr

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """The settings that the brokers require. `context` is None for protocols without SSL."""

    protocol: Protocol = "PLAINTEXT"
    context: ssl.SSLContext | None = None
    mechanism: Mechanism = "PLAIN"
    username: str | None = None
    password: SecretStr | None = None

    def options(self) -> dict[str, Any]:
        """Return the arguments for aiokafka's clients."""
        if self == OPEN:
            return {}
        return {
            "security_protocol": self.protocol,
            "ssl_context": self.context,
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.plain_password(),
        }

    def plain_password(self) -> str | None:
        """Return the password in clear, for a client."""
        return None if self.password is None else self.password.get_secret_value()


OPEN: Final = KafkaSecurity()
"""No encryption and no password, as in the local stack."""

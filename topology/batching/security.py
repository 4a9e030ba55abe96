"""Security settings of Kafka clients: authentication and encryption."""

import ssl
from dataclasses import dataclass
from typing import Any, Final, Literal

from faust.auth import SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT
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
            "sasl_plain_password": self._password(),
        }

    def credentials(self) -> CredentialsT | None:
        """Return the credentials for Faust; None for PLAINTEXT."""
        if self.protocol.startswith("SASL"):
            return SASLCredentials(
                username=self.username,
                password=self._password(),
                ssl_context=self.context,
                mechanism=self.mechanism,
            )
        return None if self.context is None else SSLCredentials(self.context)

    def _password(self) -> str | None:
        return None if self.password is None else self.password.get_secret_value()


OPEN: Final = KafkaSecurity()
"""No encryption and no password, as in the local stack."""

"""The settings of every role, from the environment and from `.env`."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    Json,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.messages import KNOWN_EVENTS
from services.platform.secret_files import SECRETS, SecretFileError, with_secrets_of_files

PREFIX = "STAMMKUNDE_"
LEAST_SALT = 16
"""Characters: who knows a name could guess a shorter salt."""


class SettingsError(Exception):
    """A setting that can't be used. The message has a line for each, with its name."""


Source = Literal["shop", "social", "support"]


def _known_events(table: dict[str, Source]) -> dict[str, Source]:
    unknown = sorted(table.keys() - KNOWN_EVENTS)
    if unknown:
        msg = f"there is no event {unknown[0]!r}; there are {', '.join(sorted(KNOWN_EVENTS))}"
        raise ValueError(msg)
    return table


class Settings(BaseSettings):
    """All settings. `KAFKA_BOOTSTRAP_SERVERS` and `REDIS_URL` are None for the local stack."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    kafka_bootstrap_servers: Annotated[
        str | None, Field(validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS"))
    ] = None
    redis_url: Annotated[
        str | None,
        Field(validation_alias=AliasChoices("REDIS_URL"), pattern=r"^(rediss?|unix)://"),
    ] = None
    redis_url_file: Annotated[
        Path | None, Field(validation_alias=AliasChoices("REDIS_URL_FILE"))
    ] = None
    """A file that holds `redis_url`, since a password may be in it."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_sasl_password_file: Path | None = None
    """A file that holds `kafka_sasl_password`."""
    kafka_ssl_cafile: Path | None = None
    """Who signs the brokers' certificates; None is whom this machine trusts."""
    kafka_ssl_certfile: Path | None = None
    """A certificate of our own, if the brokers ask for one."""
    kafka_ssl_keyfile: Path | None = None
    """Its private key, without a passphrase; None if that is in the same file."""
    redis_ssl_cafile: Path | None = None
    """Who signs the certificate of a `rediss://` server; None is whom this machine trusts."""
    policy: Path | None = None
    """A policy file; None is the policy that ships with the package."""
    clock: Literal["wall", "topic"] = "wall"
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """0 takes a free port."""
    key_rate: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] = 1000
    """Requests a second that a key may make of one process, unless it has a rate of its own."""
    key_burst: Annotated[float, Field(ge=1, le=1_000_000, allow_inf_nan=False)] = 2000
    """Requests that such a key may make at once."""
    key_byte_rate: Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)] = 20_000_000
    """Bytes of bodies a second, likewise."""
    key_byte_burst: Annotated[float, Field(ge=1, le=1e12, allow_inf_nan=False)] = 40_000_000
    key_event_rate: Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)] = 50_000
    """Events a second, likewise."""
    key_event_burst: Annotated[float, Field(ge=1, le=1e12, allow_inf_nan=False)] = 100_000
    api_listeners: Annotated[int, Field(ge=0, le=100_000)] = 1_000
    """How many may listen to streams at once, in one process of the API."""
    metrics_port: Annotated[int | None, Field(ge=0, le=65535)] = None
    """Where a worker, or delivery, serves its metrics, on `api_host`.

    None is nowhere, 0 takes a free port.
    """
    incomplete_changelog: Literal["refuse", "accept"] = "refuse"
    """What a worker does if its changelog lacks records: end, or go on with the rows left."""
    webhook_private_addresses: Literal["refuse", "allow"] = "refuse"
    """Whether webhooks may go to addresses that are not of the public internet."""
    event_topics: Annotated[Json[dict[str, Source]], AfterValidator(_known_events)] = Field(
        default="{}", validate_default=True
    )
    """Events that the API sends to another source than the contract says, as JSON."""
    erasure_salt: Annotated[SecretStr | None, Field(min_length=LEAST_SALT)] = None
    """Makes marks of the names of who was erased. Never change it: see docs/erasure.md.

    None is the file `erasure-salt` in the data folder; without that nobody can be erased.
    """
    erasure_salt_file: Path | None = None
    """A file that holds `erasure_salt`."""
    log_format: Literal["auto", "text", "json"] = "auto"
    """What `up` writes; auto is text to a terminal, and else JSON lines."""
    data_dir: Path = Path("data")
    partitions: Annotated[int, Field(ge=1, le=1000)] = 8
    app_id: Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$")] = "stammkunde"

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        try:
            return with_secrets_of_files(values)
        except SecretFileError as error:  # no ValueError, which would be told with all settings
            raise SettingsError(str(error)) from None

    @classmethod
    def from_environment(cls) -> Self:
        """Read the settings.

        Raises:
            SettingsError: naming each environment variable that can't be used, and why.
        """
        try:
            return cls()
        except ValidationError as error:
            faults = (
                _variable(fault["loc"])
                + f": {fault['msg']}{_redacted(fault['loc'], fault['input'])}"
                for fault in error.errors()
            )
            raise SettingsError("\n".join(faults)) from None


def _variable(where: tuple[int | str, ...]) -> str:
    name = str(where[0]) if where else "the settings"
    return SECRETS.get(name) or (name if name.isupper() else f"{PREFIX}{name.upper()}")


def _redacted(where: tuple[int | str, ...], value: object) -> str:
    """Say what a setting is, unless it may hold a secret."""
    is_secret = not where or _variable(where) in SECRETS.values()
    return "" if is_secret else f" (it is {value!r})"

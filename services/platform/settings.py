"""The settings of every role, from the environment and from `.env`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

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

PREFIX = "STAMMKUNDE_"
LEAST_SALT = 16
"""Characters: whoever knows a name could guess a shorter salt."""
SECRETS: Final = {
    "redis_url": "REDIS_URL",
    "kafka_sasl_password": "STAMMKUNDE_KAFKA_SASL_PASSWORD",
    "erasure_salt": "STAMMKUNDE_ERASURE_SALT",
}
"""The settings that hold a secret, and the variable of each."""


_FOLDER: Final = re.compile(r"\.{0,2}/.*", re.DOTALL).fullmatch
_BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,62}(/[^/?#]+)*/?").fullmatch


class SettingsError(Exception):
    """A setting can't be used. The message has a line for each, with its name, but no secret."""


Source = Literal["shop", "social", "support"]


def _known_events(table: dict[str, Source]) -> dict[str, Source]:
    unknown = sorted(table.keys() - KNOWN_EVENTS)
    if unknown:
        msg = f"there is no event {unknown[0]!r}; there are {', '.join(sorted(KNOWN_EVENTS))}"
        raise ValueError(msg)
    return table


def _archive_location(text: str) -> str:
    if text in {"on", "off"} or _FOLDER(text) or _BUCKET(text):
        return text
    msg = "write on, off, s3://BUCKET/PREFIX, or a folder that begins with / or ./"
    raise ValueError(msg)


class Settings(BaseSettings):
    """All settings. Without `KAFKA_BOOTSTRAP_SERVERS` or `REDIS_URL` the local stack is used."""

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
    """The authorities of the brokers' certificates; None for those that this machine trusts."""
    kafka_ssl_certfile: Path | None = None
    """This client's certificate, if the brokers ask for one."""
    kafka_ssl_keyfile: Path | None = None
    """Its private key, without a passphrase; None if the same file holds it."""
    redis_ssl_cafile: Path | None = None
    """The authorities of a `rediss://` server's certificate; None for those of this machine."""
    policy: Path | None = None
    """A policy file; None for the policy that ships with the package."""
    clock: Literal["wall", "topic"] = "wall"
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """0 takes a free port."""
    key_rate: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] = 1000
    """Requests a second that a key may make of one process, unless it has a rate of its own."""
    key_burst: Annotated[float, Field(ge=1, le=1_000_000, allow_inf_nan=False)] = 2000
    """Requests that such a key may make at once."""
    key_byte_rate: Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)] = 20_000_000
    """Bytes of request bodies a second that such a key may send."""
    key_byte_burst: Annotated[float, Field(ge=1, le=1e12, allow_inf_nan=False)] = 40_000_000
    key_event_rate: Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)] = 50_000
    """Events a second that such a key may send."""
    key_event_burst: Annotated[float, Field(ge=1, le=1e12, allow_inf_nan=False)] = 100_000
    api_listeners: Annotated[int, Field(ge=0, le=100_000)] = 1_000
    """Streams that one process of the API serves at once."""
    metrics_port: Annotated[int | None, Field(ge=0, le=65535)] = None
    """The port, on `api_host`, of the metrics of a worker or of delivery.

    None serves no metrics, 0 takes a free port.
    """
    incomplete_changelog: Literal["refuse", "accept"] = "refuse"
    """Whether a worker whose changelog lacks records ends, or goes on with the rows left."""
    snapshots: Literal["on", "off"] = "on"
    """Whether a worker keeps a copy of its rows in the data folder, for a faster restart."""
    webhook_private_addresses: Literal["refuse", "allow"] = "refuse"
    """Whether webhooks may go to addresses outside the public internet."""
    event_topics: Annotated[Json[dict[str, Source]], AfterValidator(_known_events)] = Field(
        default="{}", validate_default=True
    )
    """The sources of events that the API sends to another topic than the catalogue, as JSON."""
    erasure_salt: Annotated[SecretStr | None, Field(min_length=LEAST_SALT)] = None
    """Makes erasure tombstones of names. Never change it: see docs/erasure.md.

    None takes the file `erasure-salt` in the data folder; without one nobody can be erased.
    """
    erasure_salt_file: Path | None = None
    """A file that holds `erasure_salt`."""
    archive: Annotated[str, AfterValidator(_archive_location)] = "on"
    """`on` is the folder `archive` in the data folder; else a folder, `s3://…`, or `off`."""
    archive_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    """The days that the archive keeps."""
    archive_file_age_s: Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)] = 3_600
    """How long a record waits at most until the file that holds it is written."""
    log_format: Literal["auto", "text", "json"] = "auto"
    """What `up` writes; auto is text to a terminal, and JSON lines elsewhere."""
    data_dir: Path = Path("data")
    partitions: Annotated[int, Field(ge=1, le=1000)] = 8
    app_id: Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$")] = "stammkunde"

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        return _with_file_secrets(values)

    @classmethod
    def from_environment(cls) -> Self:
        """Read the settings.

        Raises:
            SettingsError: it names each variable that can't be used, and the reason.
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
    """Describe the value of a setting, unless it may hold a secret."""
    is_secret = not where or _variable(where) in SECRETS.values()
    return "" if is_secret else f" (it is {value!r})"


def _with_file_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with the secrets from files: `NAME_FILE` instead of `NAME`.

    A setting goes by the name of its field, or by that of its variable. Blanks around a secret do
    not count.

    Raises:
        SettingsError: a file can't be read or is empty, or the secret is also given itself. It is
            no ValueError: pydantic would show all settings with that.
    """
    found = dict(values)
    for name, variable in SECRETS.items():
        path = _either(found, f"{name}_file", f"{variable}_FILE")
        if path is None:
            continue
        if _either(found, name, variable) is not None:
            raise SettingsError(f"{variable} and {variable}_FILE are both set: leave one out")
        found[name] = _content(variable, Path(path))
    return found


def _either(values: Mapping[str, Any], name: str, variable: str) -> Any:
    return values[name] if values.get(name) is not None else values.get(variable)


def _content(variable: str, path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable}_FILE: {path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{variable}_FILE: {path} is not UTF-8") from None
    if not secret:
        raise SettingsError(f"{variable}_FILE: {path} is empty")
    return secret

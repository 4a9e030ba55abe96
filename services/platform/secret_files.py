"""Secrets that come as files, as containers are given them: `NAME_FILE` instead of `NAME`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

SECRETS: Final = {
    "redis_url": "REDIS_URL",
    "kafka_sasl_password": "STAMMKUNDE_KAFKA_SASL_PASSWORD",
    "erasure_salt": "STAMMKUNDE_ERASURE_SALT",
}
"""The settings that hold a secret, and the variable of each."""


class SecretFileError(Exception):
    """A file that holds a secret can't be used. The message says nothing of what it holds."""


def with_secrets_of_files(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with each secret that a file holds, without the blanks around it.

    A setting goes by the name of its field, or by that of its variable.

    Raises:
        SecretFileError: a file can't be read or is empty, or the secret is also given itself.
    """
    found = dict(values)
    for name, variable in SECRETS.items():
        path = _either(found, f"{name}_file", f"{variable}_FILE")
        if path is None:
            continue
        if _either(found, name, variable) is not None:
            raise SecretFileError(f"{variable} and {variable}_FILE are both set: leave one out")
        found[name] = _content(variable, Path(path))
    return found


def _either(values: Mapping[str, Any], name: str, variable: str) -> Any:
    return values[name] if values.get(name) is not None else values.get(variable)


def _content(variable: str, path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretFileError(f"{variable}_FILE: {path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SecretFileError(f"{variable}_FILE: {path} is not UTF-8") from None
    if not secret:
        raise SecretFileError(f"{variable}_FILE: {path} is empty")
    return secret

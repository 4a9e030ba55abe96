"""Secrets that come as files: a container's environment is seen by whoever may look at it."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.platform.erasure_salt import salt_of
from services.platform.settings import SECRETS, Settings, SettingsError

SECRET = "redis://u:a-long-secret@r:6379/0"
"""As any of them: it is a URL, too."""


def value_of(name: str, settings: Settings) -> str:
    value = getattr(settings, name)
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)


@pytest.fixture(params=sorted(SECRETS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_secret_may_be_in_a_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor leaves a newline at the end."""
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    monkeypatch.setenv(f"{SECRETS[name]}_FILE", str(tmp_path / "secret"))

    assert value_of(name, Settings.from_environment()) == SECRET
    given: dict[str, Any] = {f"{name}_file": tmp_path / "secret"}
    assert value_of(name, Settings(**given)) == SECRET


def test_a_field_that_may_hold_a_secret_has_a_file() -> None:
    secret = {
        name
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert secret <= SECRETS.keys()


def test_a_secret_that_is_given_twice_stops_the_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could tell which counts."""
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv(SECRETS[name], SECRET)
    monkeypatch.setenv(f"{SECRETS[name]}_FILE", str(tmp_path / "secret"))

    with pytest.raises(SettingsError, match="both set") as fault:
        Settings.from_environment()
    assert SECRET not in str(fault.value)


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_file_without_a_secret_stops_the_start(
    name: str, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An erasure with an empty salt would be undone by whoever knows a name."""
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv(f"{SECRETS[name]}_FILE", str(tmp_path / "secret"))

    with pytest.raises(SettingsError, match=f"{SECRETS[name]}_FILE"):
        Settings.from_environment()


def test_what_is_wrong_with_a_secret_of_a_file_does_not_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "salt").write_text("pepper")
    monkeypatch.setenv("STAMMKUNDE_ERASURE_SALT_FILE", str(tmp_path / "salt"))
    (tmp_path / "redis").write_text("http://u:hunter2@r")
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "redis"))

    with pytest.raises(SettingsError) as fault:
        Settings.from_environment()
    assert "STAMMKUNDE_ERASURE_SALT:" in str(fault.value)
    assert "REDIS_URL:" in str(fault.value)
    assert "pepper" not in str(fault.value)
    assert "hunter2" not in str(fault.value)


def test_the_salt_of_a_file_is_the_salt(tmp_path: Path) -> None:
    (tmp_path / "salt").write_text("0123456789abcdef\n")

    assert salt_of(Settings(erasure_salt_file=tmp_path / "salt")) == b"0123456789abcdef"

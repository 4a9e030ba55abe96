"""Where the salt of erasures comes from."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from services.platform.erasure_salt import keep_salt, salt_of
from services.platform.settings import Settings, SettingsError


def test_a_salt_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """Another one would make all marks worthless."""
    assert salt_of(Settings(data_dir=tmp_path)) is None
    keep_salt(tmp_path)
    first = salt_of(Settings(data_dir=tmp_path))
    keep_salt(tmp_path)

    assert first is not None
    assert len(first) == 64
    assert salt_of(Settings(data_dir=tmp_path)) == first
    assert (tmp_path / "erasure-salt").stat().st_mode & 0o777 == 0o600


def test_the_setting_comes_first(tmp_path: Path) -> None:
    """Whatever lies in the folder."""
    keep_salt(tmp_path)
    settings = Settings(data_dir=tmp_path, erasure_salt=SecretStr("of the settings, long"))

    assert salt_of(settings) == b"of the settings, long"


def test_half_a_salt_is_refused(tmp_path: Path) -> None:
    """A disk was full, say: a new one would be worse than none."""
    (tmp_path / "erasure-salt").write_text("abc")

    with pytest.raises(SettingsError, match="erasure-salt is no salt"):
        salt_of(Settings(data_dir=tmp_path))
    with pytest.raises(SettingsError, match="too short"):
        keep_salt(tmp_path)


def test_a_short_setting_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a secret all the same."""
    monkeypatch.setenv("STAMMKUNDE_ERASURE_SALT", "pepper")

    with pytest.raises(SettingsError) as fault:
        Settings.from_environment()
    assert "STAMMKUNDE_ERASURE_SALT" in str(fault.value)
    assert "pepper" not in str(fault.value)

"""What the settings say of Kafka's and Redis' security."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.platform.kafka.security import security_of
from services.platform.settings import Settings, SettingsError
from services.read_model.connection import trusted
from topology.batching.app import credentials_of
from topology.batching.config import BatchConfig
from topology.batching.security import OPEN, KafkaSecurity

PASSWORD = "a-word-nobody-may-see"


def test_nothing_is_asked_for_by_default() -> None:
    assert security_of(Settings()) == OPEN
    assert OPEN.options() == {}
    assert credentials_of(OPEN) is None


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_user_is_the_same_for_aiokafka_and_for_faust(mechanism: Any) -> None:
    security = security_of(
        Settings(
            kafka_security_protocol="SASL_PLAINTEXT",
            kafka_sasl_mechanism=mechanism,
            kafka_sasl_username="shop",
            kafka_sasl_password=SecretStr(PASSWORD),
        )
    )
    options, credentials = security.options(), credentials_of(security)
    assert options["sasl_mechanism"] == mechanism
    assert options["sasl_plain_password"] == PASSWORD
    assert credentials is not None
    assert credentials.protocol.value == options["security_protocol"]
    assert vars(credentials)["mechanism"].value == mechanism


@pytest.mark.parametrize("missing", ["kafka_sasl_username", "kafka_sasl_password"])
def test_a_user_without_name_or_password_stops_the_start(missing: str) -> None:
    given: dict[str, Any] = {"kafka_sasl_username": "shop", "kafka_sasl_password": PASSWORD}
    settings = Settings(kafka_security_protocol="SASL_SSL", **{**given, missing: None})
    with pytest.raises(SettingsError, match=f"STAMMKUNDE_{missing.upper()}: it is not set"):
        security_of(settings)


@pytest.mark.parametrize("setting", ["kafka_ssl_cafile", "kafka_ssl_certfile"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_is_no_certificate_stops_the_start(
    setting: str, content: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "some.pem"
    if content:
        file.write_text(content)
    given: dict[str, Any] = {"kafka_security_protocol": "SSL", setting: file}
    with pytest.raises(SettingsError, match=f"STAMMKUNDE_{setting.upper()}"):
        security_of(Settings(**given))


def test_no_text_of_it_shows_the_password() -> None:
    security = KafkaSecurity("SASL_PLAINTEXT", None, "PLAIN", "shop", SecretStr(PASSWORD))
    config = BatchConfig("app", "k:9092", (), "changelog", 1, security=security)
    for settings in (security, config, credentials_of(security), Settings()):
        assert PASSWORD not in repr(settings)
        assert PASSWORD not in str(settings)


def test_a_setting_that_is_wrong_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", f"http://shop:{PASSWORD}@redis:6379")
    monkeypatch.setenv("STAMMKUNDE_KAFKA_SASL_PASSWORD", PASSWORD)
    monkeypatch.setenv("STAMMKUNDE_KAFKA_SECURITY_PROTOCOL", "TLS")
    with pytest.raises(SettingsError) as error:
        Settings.from_environment()
    assert "REDIS_URL" in str(error.value)
    assert "STAMMKUNDE_KAFKA_SECURITY_PROTOCOL" in str(error.value)
    assert "(it is 'TLS')" in str(error.value)
    assert PASSWORD not in str(error.value)


def test_redis_over_tls_checks_the_name_of_the_server() -> None:
    assert trusted("redis://r:6379/0", Path("ca.pem")) == {}
    assert trusted("rediss://r:6379/0", Path("ca.pem")) == {
        "ssl_check_hostname": True,
        "ssl_ca_certs": "ca.pem",
    }

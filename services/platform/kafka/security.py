"""Reads from the settings how Kafka's clients identify themselves, and whom they trust."""

import ssl
from pathlib import Path

from services.platform.settings import PREFIX, Settings, SettingsError
from topology.batching.security import KafkaSecurity


def security_of(settings: Settings) -> KafkaSecurity:
    """Return the security that the settings ask for.

    Raises:
        SettingsError: a file can't be used, or user and password are missing.
    """
    protocol = settings.kafka_security_protocol
    if protocol.startswith("SASL"):
        _refuse_missing(settings)
    return KafkaSecurity(
        protocol=protocol,
        context=_context(settings) if protocol.endswith("SSL") else None,
        mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_sasl_username,
        password=settings.kafka_sasl_password,
    )


def _refuse_missing(settings: Settings) -> None:
    for name in ("kafka_sasl_username", "kafka_sasl_password"):
        if getattr(settings, name) is None:
            asked_for = f"{PREFIX}KAFKA_SECURITY_PROTOCOL={settings.kafka_security_protocol}"
            raise SettingsError(f"{PREFIX}{name.upper()}: it is not set, and {asked_for} needs it")


def _context(settings: Settings) -> ssl.SSLContext:
    context = trusting(settings.kafka_ssl_cafile, f"{PREFIX}KAFKA_SSL_CAFILE")
    certificate, key = settings.kafka_ssl_certfile, settings.kafka_ssl_keyfile
    if certificate is not None:
        try:
            # Without a password OpenSSL would ask for one on a terminal, which a service lacks.
            context.load_cert_chain(certificate, key, password=str)
        except OSError as error:
            names = f"{PREFIX}KAFKA_SSL_CERTFILE, {PREFIX}KAFKA_SSL_KEYFILE"
            raise SettingsError(f"{names}: {error.strerror or error}") from None
    return context


def trusting(authorities: Path | None, setting: str) -> ssl.SSLContext:
    """Return a context that trusts the authorities in a PEM file, or those of this machine.

    It checks host names.

    Raises:
        SettingsError: the file, which `setting` named, can't be used.
    """
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:  # SSLError is one
        raise SettingsError(f"{setting}: {error.strerror or error} ({authorities})") from None

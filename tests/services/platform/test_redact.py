"""A password is never shown."""

import pytest

from services.platform.redact import without_password


@pytest.mark.parametrize(
    ("address", "redacted"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("redis://u:secret@r:1/5?ssl=1", "redis://u:***@r:1/5?ssl=1"),
        ("rediss://:secret@r:1", "rediss://:***@r:1"),
        ("k-1:9092,k-2:9092", "k-1:9092,k-2:9092"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, redacted: str) -> None:
    assert without_password(address) == redacted

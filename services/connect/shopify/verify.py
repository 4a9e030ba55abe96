"""Checks that a webhook is from the shop at Shopify."""

from collections.abc import Sequence
from typing import Final

from services.connect.mapped import Headers, Outcome
from services.connect.signature import check_signature

SIGNATURE: Final = "x-shopify-hmac-sha256"


def verify(headers: Headers, body: bytes, secrets: Sequence[str]) -> Outcome | None:
    """Return why a webhook is not accepted, None if it is."""
    return check_signature(headers.get(SIGNATURE), body, secrets)

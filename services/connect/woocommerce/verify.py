"""Checks that a webhook is from the shop with WooCommerce."""

import re
from collections.abc import Sequence
from typing import Final

from services.connect.mapped import Headers, Outcome
from services.connect.signature import check_signature

SIGNATURE: Final = "x-wc-webhook-signature"
_PING: Final = re.compile(rb"webhook_id=[0-9]{1,20}", re.ASCII)


def verify(headers: Headers, body: bytes, secrets: Sequence[str]) -> Outcome | None:
    """Return why a webhook is not accepted, None if it is.

    When a webhook is saved, WooCommerce sends a form with its number, and without a signature. It
    saves the webhook only if that is answered with 200.
    """
    fault = check_signature(headers.get(SIGNATURE), body, secrets)
    if fault is Outcome.UNSIGNED and _PING.fullmatch(body.strip()):
        return Outcome.PING
    return fault

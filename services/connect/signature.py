"""Checks a signature: base64 of the HMAC-SHA256 of the body as it was sent."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from services.connect.mapped import Outcome


def check_signature(presented: str | None, body: bytes, secrets: Sequence[str]) -> Outcome | None:
    """Return why a body is not accepted; None if one of the secrets has signed it.

    It takes as long for any signature: all secrets are tried, and compared in constant time.
    """
    if presented is None:
        presented, fault = "", Outcome.UNSIGNED
    else:
        fault = Outcome.WRONG_SIGNATURE
    given = presented.strip().encode("utf-8", errors="replace")
    fits = [
        hmac.compare_digest(b64encode(hmac.digest(each.encode(), body, sha256)), given)
        for each in secrets
    ]
    return None if any(fits) else fault

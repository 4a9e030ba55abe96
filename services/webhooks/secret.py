"""Makes the secrets of subscriptions, and replaces one by the next."""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from services.webhooks.subscription import SigningSecret

PREFIX: Final = "whsec_"
BYTES: Final = 32
"""Standard Webhooks wants 24 to 64."""


def new_secret(random_bytes: Callable[[int], bytes]) -> SigningSecret:
    """Return a secret that nobody can guess, given `secrets.token_bytes`."""
    return SigningSecret(text=PREFIX + base64.b64encode(random_bytes(BYTES)).decode())


def rotated(
    old: Sequence[SigningSecret], new: SigningSecret, now: datetime, overlap: timedelta
) -> tuple[SigningSecret, ...]:
    """Put a new secret first. The one before it goes on for `overlap`, older ones end at once."""
    if not overlap:
        return (new,)
    return (new, *(each.model_copy(update={"until": now + overlap}) for each in old[:1]))

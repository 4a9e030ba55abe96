"""An API key: its stored record, and the secret text that only its holder has."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from services.platform.access.rate_limit import Rate
from services.platform.access.scope import KeyKind, Scope

ID_BYTES: Final = 5
SECRET_BYTES: Final = 32
"""256 random bits: nobody can guess them, so one round of SHA-256 is enough."""
_FORM: Final = re.compile(r"sk_(?:write|read|admin)_(?P<id>[0-9a-f]{10})_[A-Za-z0-9_-]{43}")

RandomBytes = Callable[[int], bytes]


class Key(BaseModel):
    """The record of a key. It holds a digest of the secret only."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{10}$")]
    kind: KeyKind
    scopes: frozenset[Scope]
    name: Annotated[str, Field(max_length=100)] = ""
    """The operators' name for its holder."""
    secret_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None = None
    rate: Rate | None = None
    """Of requests; None for the settings' rate, here and below."""
    byte_rate: Rate | None = None
    """Of the bytes of request bodies, before they are inflated."""
    event_rate: Rate | None = None

    def is_opened_by(self, presented: str) -> bool:
        """Whether this is the holder's text. The comparison takes as long for any text."""
        return hmac.compare_digest(digest(presented), self.secret_sha256)

    def allows(self, scope: Scope) -> bool:
        """Whether the key has this scope."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


def digest(presented: str) -> str:
    """Return the SHA-256 of a holder's text, in hexadecimal."""
    return sha256(presented.encode()).hexdigest()


def id_in(presented: str) -> str | None:
    """Return the id of the key that a text claims to be; None if it has not a key's form."""
    found = _FORM.fullmatch(presented)
    return None if found is None else found["id"]


def new_key(
    kind: KeyKind,
    scopes: frozenset[Scope],
    *,
    name: str,
    rate: Rate | None,
    now: datetime,
    random_bytes: RandomBytes,
) -> tuple[Key, SecretStr]:
    """Make a key, and the text for its holder, which is stored nowhere."""
    key_id = random_bytes(ID_BYTES).hex()
    random_part = urlsafe_b64encode(random_bytes(SECRET_BYTES)).decode().rstrip("=")
    secret = f"sk_{kind}_{key_id}_{random_part}"
    key = Key(
        id=key_id,
        kind=kind,
        scopes=scopes,
        name=name,
        secret_sha256=digest(secret),
        created_at=now,
        rate=rate,
    )
    return key, SecretStr(secret)

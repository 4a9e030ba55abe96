"""Keys for tests, and a table that holds them without a Kafka."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from services.platform.access.key import Key, new_key
from services.platform.access.rate_limit import Rate
from services.platform.access.scope import KeyKind, Scope, usual_scopes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def made(
    kind: KeyKind = KeyKind.READ, *scopes: Scope, name: str = "", rate: Rate | None = None
) -> tuple[Key, str]:
    """A key, and what its holder sends."""
    key, secret = new_key(
        kind,
        frozenset(scopes) or usual_scopes(kind),
        name=name,
        rate=rate,
        now=NOW,
        random_bytes=secrets.token_bytes,
    )
    return key, secret.get_secret_value()


def records(*keys: Key) -> Mapping[str, bytes]:
    """What a table has of these keys."""
    return {key.id: key.model_dump_json().encode() for key in keys}

"""The key in a request's header `Authorization`."""

import binascii
from base64 import b64decode


def presented_key(authorization: str | None) -> str | None:
    """Return the key, None if the header is not there or holds none.

    It is the user of HTTP Basic, as Segment has it (whatever the password), or a Bearer token.
    """
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        pair = b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return pair.partition(":")[0] or None

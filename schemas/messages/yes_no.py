"""Yes and no: the only table by which a sender's value is read as one of them.

Case, blanks, `_` and `-` don't matter. A value outside the table is neither: nobody agrees or
refuses by a word that can't be read.
"""

import re
from collections.abc import Mapping
from typing import Final

from schemas.messages.spelling import folded

GRANTED: Final = "GRANTED"
REVOKED: Final = "REVOKED"
DENIED: Final = "DENIED"

_YES: Final = frozenset(
    {
        *("true", "yes", "y", "t", "on", "ok", "okay", "ja", "j"),
        *("granted", "grant", "given", "approved", "accepted", "accept", "agreed", "agree"),
        *("allowed", "allow", "consented", "confirmed", "enabled", "active"),
        *("optin", "optedin", "singleoptin", "doubleoptin", "confirmedoptin"),
        *("subscribed", "subscribe", "resubscribed"),
    }
)
_NO: Final = frozenset(
    {
        *("false", "no", "n", "f", "off", "nein", "never"),
        *("denied", "deny", "declined", "decline", "refused", "refuse", "rejected", "reject"),
        *("disagreed", "disagree", "disallowed", "disallow", "forbidden", "blocked", "disabled"),
        *("notgranted", "notgiven", "notconsented", "notallowed", "inactive", "objected"),
        *("optout", "optedout", "notoptedin", "donotcontact"),
        *("unsubscribed", "unsubscribe", "notsubscribed", "neversubscribed", "suppressed"),
    }
)
_REVOKED: Final = frozenset(
    {"revoked", "revoke", "withdrawn", "withdraw", "withdrew", "cancelled", "canceled", "expired"}
)

_STATUSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(_YES, GRANTED),
    **dict.fromkeys(_NO, DENIED),
    **dict.fromkeys(_REVOKED, REVOKED),
}
_NUMBERS: Final[Mapping[object, str]] = {1: GRANTED, 0: DENIED, "1": GRANTED, "0": DENIED}

_WORDS: Final = re.compile(r"[^\W\d_]+(?:[\s_-]+[^\W\d_]+)*")
"""Letters alone, so that -1 is no 1."""


def status_of(value: object) -> str | None:
    """GRANTED for a yes, DENIED for a no, REVOKED for a yes that is taken back; None if neither."""
    if isinstance(value, bool | int | float):
        return _NUMBERS.get(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    return _STATUSES.get(folded(text)) if _WORDS.fullmatch(text) else _NUMBERS.get(text)


def is_no(value: object) -> bool:
    """True for a no, and for a yes that is taken back."""
    return status_of(value) in (DENIED, REVOKED)

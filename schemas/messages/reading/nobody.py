"""Ids that are nobody's: what a program writes that has no id.

Under such a name all strangers would become one customer. Only what is nobody's beyond doubt is
here: `test`, `admin` or an address at example.com may be somebody's. Case, outer blanks and signs
that nobody sees don't matter.
"""

import re
from math import isfinite
from string import punctuation
from typing import Final
from unicodedata import category

LONGEST: Final = 256
"""Characters of an id."""

_WORDS: Final = frozenset(
    {
        *("undefined", "null", "(null)", "<null>", "none", "nil", "<nil>", "nan", "void", "empty"),
        *("\\n", "#null!", "#ref!", "#name?", "#value!", "#div/0!", "%s", "%d", "%@", "{0}"),
        *("{}", "[]", "()", '""', "''", "-1", "-0", "0.0"),
        *("true", "false", "n/a", "na", "#n/a", "n.a.", "not set", "(not set)", "not available"),
        *("anonymous", "guest", "unknown", "nobody", "not_authenticated", "unauthenticated"),
        *("not_logged_in", "not logged in", "notloggedin", "anonym", "gast", "unbekannt"),
        *("anonymous_user", "guest_user", "unknown_user", "anonymous user", "guest user"),
        *("deleted", "[deleted]", "redacted", "[redacted]", "anonymized", "anonymised"),
        *("user_id", "userid", "user-id", "user.id", "distinct_id", "distinctid", "$user_id"),
        *("anonymous_id", "anonymousid", "customer_id", "customerid", "customer.id", "$userid"),
        *("__user_id__", "your_user_id", ":user_id", "#user_id#", "##user_id##", "@@user_id@@"),
        *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        *("undefined@undefined", "null@null", "none@none"),
    }
)
_REPEATED: Final = {sign * count for sign in "-_." for count in range(1, LONGEST + 1)}
NOBODY: Final = _WORDS | _REPEATED | {"0" * count for count in range(1, 37)}
"""Ids that are nobody's, in small letters. 0 is what WooCommerce calls every guest."""

_TEMPLATE: Final = re.compile(
    r".*\{\{.*\}\}.*|.*\$\{.*\}.*"  # {{ user.id }}, ${userId}
    r"|\*\|.*\|\*|<%.*%>|\{%.*%\}|\[%.*%\]|\[\[.*\]\]|%%.*%%|\#\{.*\}|\$\(.*\)|@\{.*\}"
    r"|\[object \w+\]"
    r"|(?:<_>|\{_\}|\[_\]|%_%)".replace("_", r"[a-z_!][a-z_ .-]*"),  # <user_id>: a name alone
    re.DOTALL,
)
"""Text that a template has left as it was. A GUID or a number in braces is somebody's."""

_ADDRESS: Final = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|no[-_.]?e?[-_.]?mail|undefined|null|nan)@[^@\s]+"
    r"|(test|none|no|na|nobody|guest|anonymous|unknown|example|email)@\1\.[a-z.]+"
)
"""Addresses at which nobody reads, or that are typed where a form wants one."""

_SEEN: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
"""Format characters that are seen all the same: Arabic and Syriac ones around numbers."""

_CONTROLS: Final = "".join(map(chr, (*range(0x21), *range(0x7F, 0xA1))))


def visible(said: str) -> str:
    """A name without what nobody sees: format characters, such as zero-width ones and bidi marks.

    They are of Unicode's category Cf.
    """
    if said.isascii():
        return said
    return "".join(sign for sign in said if sign in _SEEN or category(sign) != "Cf")


def is_nobodys(said: object) -> bool:
    """True for an id that is nobody's, or is none at all: an object, a list, true, NaN."""
    if not isinstance(said, str):
        return is_no_id(said) or said in {0, -1}
    plain = visible(said).strip().strip(_CONTROLS).lower()
    return (
        not plain
        or plain in NOBODY
        or _is_one_sign(plain)
        or _TEMPLATE.fullmatch(plain) is not None
        or _ADDRESS.fullmatch(plain) is not None
    )


def is_no_id(said: object) -> bool:
    """True for what is neither text nor a number: an object, a list, true, NaN."""
    if isinstance(said, str):
        return False
    if isinstance(said, bool) or not isinstance(said, int | float):
        return True
    return not isfinite(said)


def _is_one_sign(plain: str) -> bool:
    """True for a sign over and over, such as ???; an emoji is none."""
    sign = plain[0]
    return plain == sign * len(plain) and (sign in punctuation or category(sign)[0] == "P")

"""Placeholder ids: the text that a program sends when it has no id, such as `undefined`.

Under a placeholder all strangers would become one customer, and of all orders only the first would
count. Only clear cases are listed: `test`, `admin` or an address at example.com may name a
customer. Case, outer blanks and invisible characters don't matter.

One table serves the ids of customers, orders, refunds, tickets, triggers and messages. A shop may
number an order 0, but 0 is also what a program sends that has no number. An order that is refused
lies in the dead letters; an order that is taken for a repetition is lost without a word.
"""

import re
from math import isfinite
from string import punctuation
from typing import Final
from unicodedata import category

LONGEST_ID: Final = 256
"""Characters."""

_WORDS: Final = frozenset(
    {
        *("undefined", "null", "(null)", "<null>", "none", "nil", "<nil>", "nan", "void", "empty"),
        *("\\n", "#null!", "#ref!", "#name?", "#value!", "#div/0!", "%s", "%d", "%@", "{0}"),
        *("{}", "[]", "()", '""', "''", "-1", "-0", "0.0"),
        *("true", "false", "n/a", "na", "#n/a", "n.a.", "not set", "(not set)", "not available"),
        *("anonymous", "guest", "unknown", "nobody", "not_authenticated", "unauthenticated"),
        *("not_logged_in", "not logged in", "notloggedin", "anonym", "gast", "unbekannt"),
        *("keine", "k.a.", "k. a.", "k/a", "keine angabe", "keine angaben", "gastkunde"),
        *("gastkundin", "guest customer", "guest_customer", "gast kunde", "nicht angegeben"),
        *("anonymous_user", "guest_user", "unknown_user", "anonymous user", "guest user"),
        *("deleted", "[deleted]", "redacted", "[redacted]", "anonymized", "anonymised"),
        *("user_id", "userid", "user-id", "user.id", "distinct_id", "distinctid", "$user_id"),
        *("anonymous_id", "anonymousid", "customer_id", "customerid", "customer.id", "$userid"),
        *("order_id", "orderid", "order-id", "order.id", "order_number", "ordernumber"),
        *("transaction_id", "transactionid", "transaction.id", "refund_id", "refundid"),
        *("ticket_id", "ticketid", "ticket.id", "trigger_id", "triggerid", "message_id"),
        *("messageid", "message.id", "refund.id", "trigger.id", "event_id", "eventid"),
        *("__user_id__", "your_user_id", ":user_id", "#user_id#", "##user_id##", "@@user_id@@"),
        *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        *("undefined@undefined", "null@null", "none@none"),
    }
)
_PROGRAMS: Final = ("undefined", "null", "none", "nil", "nan")
_TWICE: Final = {f"{word}{sign}{word}" for word in _PROGRAMS for sign in "_.-"}
"""A first name and a last name that were both missing."""
_REPEATED: Final = {sign * count for sign in "-_." for count in range(1, LONGEST_ID + 1)}
PLACEHOLDERS: Final = _WORDS | _TWICE | _REPEATED | {"0" * count for count in range(1, 37)}
"""In small letters. WooCommerce calls every guest 0."""

_TEMPLATE: Final = re.compile(
    r".*\{\{.*\}\}.*|.*\$\{.*\}.*"  # {{ user.id }}, ${userId}
    r"|\*\|.*\|\*|<%.*%>|\{%.*%\}|\[%.*%\]|\[\[.*\]\]|%%.*%%|\#\{.*\}|\$\(.*\)|@\{.*\}"
    r"|\[object \w+\]"
    r"|(?:<_>|\{_\}|\[_\]|%_%)".replace("_", r"[a-z_!][a-z_ .-]*"),  # <user_id>: a name alone
    re.DOTALL,
)
"""A template that was not filled in. A GUID or a number in braces names a customer."""

_ADDRESS: Final = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|no[-_.]?e?[-_.]?mail|undefined|null|nan)@[^@\s]+"
    r"|(test|none|no|na|nobody|guest|anonymous|unknown|example|email)@\1\.[a-z.]+"
)
"""Addresses that nobody reads, or that people type where a form wants one."""

_VISIBLE: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
"""Format characters that are visible: Arabic and Syriac ones around numbers."""

_CONTROLS: Final = "".join(map(chr, (*range(0x21), *range(0x7F, 0xA1))))


def without_invisible(name: str) -> str:
    """A name without invisible characters, such as zero-width ones and bidi marks.

    They are of Unicode's category Cf.
    """
    if name.isascii():
        return name
    return "".join(sign for sign in name if sign in _VISIBLE or category(sign) != "Cf")


def is_placeholder(value: object) -> bool:
    """True for a placeholder, and for a value that can't be an id: an object, a list, true, NaN."""
    if not isinstance(value, str):
        return is_no_id(value) or value in {0, -1}
    plain = without_invisible(value).strip().strip(_CONTROLS).lower()
    return (
        not plain
        or plain in PLACEHOLDERS
        or _is_one_sign(plain)
        or _is_one_word(plain)
        or _TEMPLATE.fullmatch(plain) is not None
        or _ADDRESS.fullmatch(plain) is not None
    )


def is_no_id(value: object) -> bool:
    """True for a value that is neither text nor a number: an object, a list, true, NaN."""
    if isinstance(value, str):
        return False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return not isfinite(value)


def _is_one_word(plain: str) -> bool:
    """True for a placeholder that is repeated after blanks or commas, such as null null.

    Na Na may be a name.
    """
    words = set(plain.replace(",", " ").split())
    return len(words) == 1 and words <= PLACEHOLDERS and words != {"na"}


def _is_one_sign(plain: str) -> bool:
    """True for one sign, once or repeated, such as ???. An emoji is no sign."""
    sign = plain[0]
    return plain == sign * len(plain) and (sign in punctuation or category(sign)[0] == "P")

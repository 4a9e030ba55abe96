"""Names by which a refund without a total names a part of the order: an amount, or products.

Standard ones are those of Shopify, WooCommerce, GA4, RudderStack, Klaviyo and payment providers,
and German ones. A reason, a note, a coupon, a person, a time, or an id of the refund is no part.
"""

import re
from difflib import get_close_matches
from typing import Any, Final

from schemas.messages.spelling import folded
from schemas.messages.yes_no import is_no
from schemas.plain_json import number_in

_PRODUCT_STEMS: Final = ("item", "product", "produkt", "artikel", "article", "variant")
_PRODUCT_WORDS: Final = frozenset(
    {"line", "lines", "orderlines", "sku", "skus", "ean", "gtin", "asin", "upc", "barcode"}
)
_AMOUNT_STEMS: Final = (
    *("amount", "total", "quantity", "price", "money", "cents", "betrag", "beträge", "summe"),
    *("erstattung", "gutschrift", "menge", "anzahl", "adjustment"),
    *("rückzahlung", "rueckzahlung"),
)
_AMOUNT_WORDS: Final = frozenset(
    {
        *("sum", "value", "cost", "costs", "net", "gross", "tax", "taxes", "vat", "fee", "fees"),
        *("refunds", "returns", "transactions", "qty", "count", "unit", "units", "pieces"),
        *("balance", "remaining", "rest", "credit", "shipping", "discount", "discounts", "duty"),
        *("duties", "tip", "deduction", "minor", "wert", "preis", "steuer", "mwst", "netto"),
        *(
            "brutto",
            "teil",
            "teile",
            "part",
            "parts",
            "partly",
            "amt",
            "credited",
            "paid",
            "payback",
        ),
        *("returned", "geld", "stück", "stueck", "versand", "versandkosten"),
        *("position", "positionen"),
    }
)
_PAYMENT_WORDS: Final = frozenset(
    {"payment", "payments", "cash", "cashback", "refund", "refunded", "reimbursement", "storno"}
)
"""Words that name an amount only if the value is a number, or has parts."""
_NO_AMOUNT: Final = frozenset({"id", "ids", "at", "on", "by", "no", "nr", "to", "from"})
"""Last words of names that name no amount."""
_NO_AMOUNT_ENDS: Final = (
    *("number", "nummer", "reason", "grund", "note", "notes", "comment", "date", "datum"),
    *("time", "method", "type", "status", "name", "code", "currency", "address", "carrier"),
)

_KINDS: Final = frozenset(
    {"type", "kind", "status", "mode", "scope", "level", "refund", "art", "refundtype", "state"}
)
"""Words in the name of a kind, whose value may say that it is a part."""
_PART: Final = ("parti", "teil")
_WHOLE: Final = frozenset(
    {
        *("full", "fully", "whole", "entire", "entirely", "complete", "komplett", "ganz", "voll"),
        *("isfull", "fullrefund", "isfullrefund", "iswhole", "vollständig", "vollstaendig"),
    }
)
"""Words of a flag that says no if it is a part."""
_SHARES: Final = frozenset({"percent", "percentage", "pct", "prozent", "ratio", "fraction"}) | {
    *("share", "anteil", "quote", "refundpercent", "refundpercentage")
}
_ALL_OF_IT: Final = 100
_CLOSE_TO: Final = ("total", "products", "partial")

_WORDS: Final = re.compile(r"[^\W\d_]+", re.UNICODE)
_HUMP: Final = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])")


def names_part(name: str, value: Any) -> bool:
    """True if a property beside those of the contract may say that a part was given back."""
    plain = folded(name)
    words = {each.casefold() for each in _WORDS.findall(_HUMP.sub(" ", name[:200]))} | {plain}
    if plain.startswith(_PART) or "partial" in plain:
        return not is_no(value)
    if words & _WHOLE:
        return is_no(value)
    if words & _SHARES:
        return not _is_all(value)
    if isinstance(value, str) and words & _KINDS and folded(value).startswith(_PART):
        return True
    is_flag = isinstance(value, bool)
    if is_flag:
        return False
    return _is_of_product(plain, words) or _is_amount(name, plain, words, value)


def _is_all(share: object) -> bool:
    text = share.strip().rstrip("%") if isinstance(share, str) else share
    return number_in(text) == _ALL_OF_IT


def _is_of_product(plain: str, words: set[str]) -> bool:
    return any(stem in plain for stem in _PRODUCT_STEMS) or bool(words & _PRODUCT_WORDS)


def _is_amount(name: str, plain: str, words: set[str], value: object) -> bool:
    last = _WORDS.findall(_HUMP.sub(" ", name[:200]))[-1:]
    if (last and last[0].casefold() in _NO_AMOUNT) or plain.endswith(_NO_AMOUNT_ENDS):
        return False
    if any(stem in plain for stem in _AMOUNT_STEMS) or words & _AMOUNT_WORDS:
        return True
    if words & _PAYMENT_WORDS and (isinstance(value, dict | list) or number_in(value) is not None):
        return True
    return bool(get_close_matches(plain, _CLOSE_TO, n=1, cutoff=0.8))

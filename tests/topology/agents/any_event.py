"""Messages of the whole catalogue: usual ones, and such as only a full reading understands."""

import copy
import json
from typing import Any, Final

from hypothesis import strategies as st

from schemas.messages.catalogue import MODEL_OF
from schemas.messages.envelope import Message
from schemas.messages.reading.passed_over import fields_of
from tests.schemas.examples import messages
from tests.schemas.reading.test_any_value import VALUES
from tests.schemas.reading.test_near_names import NO_PARTS, PARTS
from tests.schemas.reading.test_record_ids import IDS, PLACEHOLDERS

Json = dict[str, Any]

TIMES: Final = st.sampled_from(
    [
        *("2026-11-20T10:15:00Z", "2026-11-20T10:15:00.123456+05:30", "2026-11-20 10:15:00Z"),
        *("2026-11-20t10:15:00z", "2026-11-20T24:00:00Z", "2026-11-20T10:15:60Z", "2026-11-20"),
        *("0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00", 1_790_000_000, "", None),
    ]
)
USUAL: Final[Json] = {
    "total": 59.9,
    "currency": "EUR",
    "refund_id": "r-1",
    "coupon": "Herbst",
    "products": [{"product_id": "p-1", "name": "Schühe", "price": 19, "quantity": 1}],
    "handle": "anna",
    "sentiment": 0.5,
    "ticket_id": "t-1",
    "purpose": "all",
    "reason": "zu groß",
    "comment": "größer",
    "product_id": "p-1",
    "category": "Schuhe",
}
"""Values of fields that an example may lack."""

ENVELOPE: Final[Json] = {
    "integrations": {"All": True},
    "context": {
        "library": {"name": "analytics.js", "version": "2.1.0"},
        "page": {"title": "Schuhe für Mädchen 👟", "url": "https://shop.example/a"},
        "traits": {"email": "a@b.de"},
        "externalIds": [],
    },
    "anonymousId": "5f2c6f6e-7f1e-4a0a-9a3b-1c2d3e4f5a6b",
    "version": 2,
    "channel": "server",
    "_metadata": {"bundled": ["Segment.io"]},
    "writeKey": "w",
    "name": "Größen",
    "traits": {"name": "Jürgen"},
}
"""What Segment's libraries write around a message."""

NEAR: Final[list[tuple[str, Any]]] = [
    *PARTS,
    *NO_PARTS,
    *[(name, "USD") for name in ("Currency", "currency_code", "ccy", "währung", "curency", "iso")],
    *[(name, 5) for name in ("Total", "revenue", "amount", "sum", "order_total", "value")],
    *[(name, "x") for name in ("ticketId", "case", "list", "scope", "mood", "Handle", "refundId")],
    *[(name, "2026-11-20T10:15:00Z") for name in ("created_at", "date", "ts", "placed_at")],
    *[(name, 5) for name in ("\ufefftotal", "cur👟rency", "ticket\u200b_id", "Sentiment")],
    *[(name, "everything") for name in ("channel", "Purpose", "topic")],
    *[("tax", 3.5), ("shipping", 2), ("affiliation", "Lädchen"), ("checkout_id", "c"), ("rank", 1)],
]
"""Names beside those of a contract: of no meaning, near to a field, or other ones of a field."""

IDS_SENT: Final = st.sampled_from([*IDS, *PLACEHOLDERS, "Zoë", "a@b.de", "A@B.de ", "x:@Anna", ""])
_OF_ENVELOPE: Final = ("userId", "anonymousId", "messageId")
_DECIDING_TIMES: Final = ("timestamp", "originalTimestamp", "receivedAt", "sentAt")
_OTHER_NAMES: Final = st.sampled_from(
    ["user_id", "anonymous_id", "Timestamp", "date", "total", "event_"]
)


def properties_in(message: Json) -> list[str]:
    """The names of the properties of a message's contract."""
    model = MODEL_OF.get(message.get("event") or message["type"], Message)
    field = fields_of(model).get("properties")
    return [] if field is None else list(getattr(field.annotation, "model_fields", {}))


@st.composite
def any_event(draw: st.DrawFn) -> Json:
    """A message of the catalogue, as libraries send it, with a few changes."""
    message: Json = copy.deepcopy(draw(st.sampled_from(list(messages().values()))))
    properties: Json = message.setdefault("properties", {})
    for name in properties_in(message):
        if name in USUAL and draw(st.booleans()):
            properties[name] = USUAL[name]
    for name in draw(st.sets(st.sampled_from(list(ENVELOPE)), max_size=4)):
        message[name] = copy.deepcopy(ENVELOPE[name])
    for change in draw(st.lists(st.sampled_from(_CHANGES), max_size=3)):
        change(draw, message, properties)
    return message


def _leave_out(draw: st.DrawFn, message: Json, properties: Json) -> None:
    place = draw(st.sampled_from([message, properties]))
    place.pop(draw(st.sampled_from([*place, "x"])), None)


def _say_null(draw: st.DrawFn, message: Json, properties: Json) -> None:
    place = draw(st.sampled_from([message, properties]))
    place[draw(st.sampled_from([*place, "userId", "total", "currency"]))] = None


def _say_another_name(draw: st.DrawFn, message: Json, properties: Json) -> None:
    name, value = draw(st.sampled_from(NEAR))
    if name not in properties:
        properties[name] = value


def _say_another_name_outside(draw: st.DrawFn, message: Json, properties: Json) -> None:
    message.setdefault(draw(_OTHER_NAMES), draw(st.sampled_from(["2026-11-19T10:15:00Z", 5, "x"])))


def _say_an_id(draw: st.DrawFn, message: Json, properties: Json) -> None:
    records = [name for name in properties if name.endswith("_id")]
    name = draw(st.sampled_from([*_OF_ENVELOPE, *records]))
    (properties if name in records else message)[name] = draw(IDS_SENT)


def _say_a_time(draw: st.DrawFn, message: Json, properties: Json) -> None:
    message[draw(st.sampled_from(_DECIDING_TIMES))] = draw(TIMES)


def _say_anything(draw: st.DrawFn, message: Json, properties: Json) -> None:
    names = [name for name in properties if name not in {"products", "name"}]
    properties[draw(st.sampled_from([*names, "total", "currency", "more"]))] = draw(VALUES)


def _be_a_page(draw: st.DrawFn, message: Json, properties: Json) -> None:
    message["type"] = draw(st.sampled_from(["page", "screen", "Track", "identify", "track"]))


_CHANGES: Final = (
    *(_leave_out, _leave_out, _say_null, _say_another_name, _say_another_name_outside),
    *(_say_an_id, _say_an_id, _say_a_time, _say_anything, _be_a_page),
)


def as_bytes(message: Json, *, ensure_ascii: bool) -> bytes:
    """The bytes of a message; half of a pair of surrogates has bytes that are no UTF-8."""
    return json.dumps(message, ensure_ascii=ensure_ascii).encode(errors="surrogatepass")

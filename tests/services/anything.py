"""Messages of every event of the catalogue that say anything, as bytes of JSON."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, get_args

from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.messages import Alias, Identify, Message
from schemas.messages.catalogue import track_models
from tests.schemas.examples import messages as examples
from tests.topology.agents.records import NOW
from topology.domain.history.instant import to_datetime

END: Final = to_datetime(NOW)
NAMES: Final = ("c", "d\n\r\u2028", "\x7f e\u0000\u0000", "x:h/..?#%00", "\N{GRINNING FACE}" * 256)
"""Customers: so few that much comes of each."""

SENTINELS: Final = {
    "#lone#": r"\ud800",
    "#deep#": "[" * 150 + "]" * 150,
    "#deeper#": '{"a":' * 3000 + "1" + "}" * 3000,
    "#huge#": "9" * 400,
    "#infinite#": "1e400",
    "#negative#": "-0.0",
    "#tiny#": "5e-324",
}
"""What Python's JSON does not write."""

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            *(
                "",
                " ",
                "\0",
                "\0clock",
                "a\nb\rc\u2028\u2029",
                "\x1b[2J",
                "<script>",
                "{}",
                "%s{0}",
            ),
            *(
                "é" * 64,
                "\N{GRINNING FACE}" * 64,
                "x" * 64,
                "x" * 65,
                "x" * 256,
                "x" * 257,
                "x" * 9999,
            ),
            *("undefined", "null", "NaN", "1e308", "-0", "__proto__", "../../etc/passwd", "a b:c"),
            "#lone#",
        ]
    ),
)
ids = texts.filter(lambda text: 0 < len(text) <= 256 and text != "#lone#")
contexts = st.one_of(
    *[st.just({})] * 4,
    st.sampled_from([{"channel": "store"}, {"channel": "app"}, {"channel": "phone"}]),
    st.builds(
        lambda name, kind: {"externalIds": [{"id": name, "type": kind}]},
        ids,
        st.sampled_from(["x", "anonymous_id", "other\n"]),
    ),
    st.dictionaries(texts, st.integers(), max_size=2),
)
numbers = st.one_of(
    st.sampled_from(
        [
            *(0, 1, -1, 2, 5, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64),
            *(0.0, 1e308, 5e-324, 999_999_999_999.99, 1e12, float("nan"), float("inf"), 0.005),
            *("#huge#", "#infinite#", "#negative#", "#tiny#"),
        ]
    ),
    st.integers(-(2**70), 2**70),
    st.floats(),
)
plain = st.one_of(st.none(), st.booleans(), numbers, texts, st.sampled_from(["#deep#", "#deeper#"]))
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
times = st.one_of(
    *[
        st.integers(0, most).map(lambda hours: (END - timedelta(hours=hours)).isoformat())
        for most in (24, 60 * 24, 400 * 24, 29 * 365 * 24)
    ],
    st.sampled_from(
        [
            *("0001-01-01T00:00:00Z", "1970-01-01T00:00:00+14:00", "1971-01-01T00:00:00Z"),
            *("9999-12-31T23:59:59.999999Z", "1996-02-29T23:59:60Z", "2026-02-30T00:00:00Z"),
            *((END + timedelta(hours=hours)).isoformat() for hours in (1, 23, 48)),
        ]
    ),
)


def _names_of(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


MODELS: Final[tuple[type[Message], ...]] = (*track_models(), Identify, Alias)

EVENTS: Final[dict[str, tuple[type[Message], list[str]]]] = {
    event: (model, _names_of(properties) if properties else [])
    for model in MODELS
    for properties in [getattr(model.model_fields.get("properties"), "annotation", None)]
    for event in (
        get_args(model.model_fields["event"].annotation)
        if "event" in model.model_fields
        else get_args(model.model_fields["type"].annotation)
    )
}
"""Every event, its model, and the names of its properties."""

_USUAL: Final[dict[str, list[Any]]] = {}
for _example in examples().values():
    for _name, _value in (_example.get("properties") or {}).items():
        _USUAL.setdefault(_name, []).append(_value)
_USUAL["order_id"] = _USUAL["refund_id"] = _USUAL["ticket_id"] = ["o-1", "o-2", "\n", "o" * 256]
_USUAL["currency"] = ["EUR", "EUR", "eur", "USD", "JPY"]
_USUAL["timezone"] = ["America/New_York", "Nowhere"]
_USUAL["purpose"], _USUAL["reason"] = ["all"], ["asked", "a\nb\0"]
_TEXTS: Final = frozenset(
    {"order_id", "refund_id", "ticket_id", "handle", "topic", "coupon", "category", "product_id"}
    | {"url", "comment", "review_body", "trigger_id", "severity"}
)
_USUAL["score"], _USUAL["rating"] = [1, 0, 5, 10, "3"], [1, 2.5, "5"]

traits = st.dictionaries(
    st.sampled_from(["birthday", "timezone", "consent", "city", "plan"]) | texts,
    anything
    | st.sampled_from(
        ["1980-02-29", "0001-01-01", "9999-12-31", "Asia/Tokyo", "../Europe", "GRANTED"]
    ),
    max_size=4,
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A message of any event, most of whose fields make sense."""
    event = draw(st.sampled_from(sorted(EVENTS)))
    model, properties = EVENTS[event]
    content: dict[str, Any] = {"userId": draw(st.sampled_from(NAMES))}
    content |= {"timestamp": draw(times)} if draw(st.integers(0, 5)) else {}
    content |= {"messageId": draw(ids)} if draw(st.integers(0, 2)) == 0 else {}
    content["context"] = draw(contexts)
    if "event" in model.model_fields:
        content |= {"type": "track", "event": event}
        content["properties"] = {name: draw(_value_of(name)) for name in draw(_some(properties))}
    else:
        content |= {"type": event, "traits": draw(traits), "previousId": draw(texts)}
    content |= {"anonymousId": draw(ids)} if draw(st.integers(0, 5)) == 0 else {}
    if draw(st.integers(0, 7)) == 0:
        content[draw(st.sampled_from(["sentAt", *content]))] = draw(anything)
    return as_bytes(content)


def _some(names: list[str]) -> st.SearchStrategy[list[str]]:
    """Mostly all of them."""
    all_of_them = st.just(names)
    return all_of_them | all_of_them | st.lists(st.sampled_from(names or ["url"]), unique=True)


def _value_of(name: str) -> st.SearchStrategy[Any]:
    usual = st.sampled_from(_USUAL.get(name, [None]))
    if name in _TEXTS:
        usual |= ids
    return st.integers(0, 9).flatmap(lambda odds: usual if odds else anything)


def as_bytes(message: Any) -> bytes:
    """The message as JSON, with what Python's JSON does not write."""
    text = json.dumps(message)
    for name, raw in SENTINELS.items():
        text = text.replace(name if name == "#lone#" else f'"{name}"', raw)
    return text.encode()


WORST: Final = (
    "n\n\r\n",
    "a\0\0",
    "u\u2028\u2029\u0085",
    "\x1b[2J\x7f",
    '"}\\\\{',
    "event: x\n\ndata: y",
    "%00%0a../..?#&;",
    "\N{GRINNING FACE}" * 256,
    "\ufffe\uffff",
)
"""Texts that would break what is not careful, all of them as long as an id may be, or shorter."""


ODD_TRAITS: Final[dict[str, Any]] = {
    f"odd {place}": value
    for place, value in enumerate(
        [
            *(2**63, -(2**63), 2**64, "#huge#", float("nan"), float("inf"), "#infinite#", 1e308),
            *("#negative#", "#tiny#", "#deep#", [1], None, True, "x" * 257, 2**63 - 1),
        ]
    )
}


def worst() -> Iterator[bytes]:
    """Every event, with each of these in all of its texts, for customers who are called so."""
    for number, text in enumerate(WORST):
        for place, (event, (model, properties)) in enumerate(sorted(EVENTS.items())):
            content: dict[str, Any] = {"userId": text, "messageId": f"{text[:200]}{place}"}
            content["timestamp"] = (END - timedelta(days=60, hours=-place)).isoformat()
            if "event" in model.model_fields:
                usual = {name: _USUAL.get(name, [None])[0] for name in properties}
                own = {name: text if name in _TEXTS else value for name, value in usual.items()}
                content |= {"type": "track", "event": event, "properties": own}
            else:
                value = text[:60]
                traits_ = {value: value, "birthday": value, "timezone": value, **ODD_TRAITS}
                content |= {"type": event, "traits": traits_ | {"consent": {value: "GRANTED"}}}
                content |= {"previousId": f"p{number}"}
            yield as_bytes(content)

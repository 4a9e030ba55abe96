"""The consent in an `identify`, in the contract's form: a yes or no for all purposes, or for each.

A purpose may be an object, such as `{"status": "granted", "source": "till"}`: its answer stands
under one of a few names. So may the whole consent: then its answer is for every purpose, and beside
it only a no for one purpose is read, since nobody agrees by a detail. A value that is neither yes
nor no is ignored, so it neither grants nor denies.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from schemas.messages.reading.json_text import PassedOver
from schemas.messages.spelling import ALL_PURPOSES, as_purpose, folded
from schemas.messages.traits import KEPT_PURPOSES, LONGEST_PURPOSE, beyond_room
from schemas.messages.yes_no import DENIED, GRANTED, REVOKED, is_no, status_of

_PLAIN: Final = frozenset({"status", "state", "value", "consent"})
"""Names of an answer. An answer may be a name, too: `{"granted": true}`."""

_INSIDE: Final = frozenset(
    {"channels", "purposes", "categories", "categorypreferences", "preferences"}
)
"""Names of an object with the purposes."""

_STRENGTH: Final = (GRANTED, REVOKED, DENIED)
"""Of several answers for one purpose in one message the last of these counts: no before yes."""


def read_consent(sent: object, always: Collection[str], path: str, pass_over: PassedOver) -> Any:
    """The trait `consent` in the contract's form, or None if nothing is left of it.

    No limit drops the purposes in `always`.
    """
    if _is_blank(sent):
        return None
    if not isinstance(sent, dict):
        if status_of(sent) is None:
            pass_over(path)
        return _form(sent)
    answers: dict[str, Any] = {}
    for purpose, answer in _answers(sent, path, pass_over):
        answers[purpose] = max(answers.get(purpose, answer), answer, key=_strength)
    for purpose in beyond_room(answers, always, KEPT_PURPOSES):
        del answers[purpose]
        pass_over(f"{path}.{purpose}")
    return answers or None


def _answers(
    sent: Mapping[str, Any], path: str, pass_over: PassedOver, *, inside: bool = False
) -> Iterator[tuple[str, Any]]:
    whole = _whole(sent)
    if whole is not None:
        yield ALL_PURPOSES, whole
    is_whole = any(_names_an_answer(name) for name in sent)
    for name, each in sent.items():
        here = f"{path}.{name}"
        if _is_blank(each):
            continue
        if _names_an_answer(name):
            if whole is None or _under(name, each) is None:
                pass_over(here)
            continue
        if isinstance(each, dict) and not inside and folded(name) in _INSIDE:
            yield from _answers(each, here, pass_over, inside=True)
            continue
        answer, purpose = _answer(each), as_purpose(name)
        if answer is None or not 0 < len(purpose) <= LONGEST_PURPOSE or not _is_writable(purpose):
            pass_over(here)
        elif not is_whole or is_no(answer):
            yield purpose, answer
        elif status_of(whole) != GRANTED:
            pass_over(here)


def _answer(value: object) -> Any:
    """The answer for one purpose, in the contract's form; None if the value is none."""
    return _whole(value) if isinstance(value, dict) else _form(value)


def _whole(value: Mapping[str, Any]) -> Any:
    """The answer of an object. A yes does not count beside an answer that can't be read."""
    sent = {name: each for name, each in value.items() if _names_an_answer(name)}
    answers = [found for name, each in sent.items() if (found := _under(name, each)) is not None]
    found = max(answers, key=_strength, default=None)
    if found is None or is_no(found):
        return found
    clear = all(_is_blank(each) or status_of(each) for each in sent.values())
    return found if clear else None


def _names_an_answer(name: str) -> bool:
    return folded(name) in _PLAIN or status_of(name) is not None


def _under(name: str, value: object) -> Any:
    """The answer under a name: `{"denied": true}` is a no."""
    status = status_of(name)
    if status not in (DENIED, REVOKED):
        return _form(value)
    return status if status_of(value) == GRANTED else None


def _form(value: object) -> Any:
    return value if isinstance(value, bool) else status_of(value)


def _strength(answer: object) -> int:
    return _STRENGTH.index(str(status_of(answer)))


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_writable(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)

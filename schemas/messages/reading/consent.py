"""What an `identify` says of consent, in the form of the contract: yes or no, or one by purpose.

A purpose that is told as an object, such as `{"status": "granted", "source": "till"}`, has the word
that stands under one of the names for a word. So has the whole, for every purpose; beside it only
a no for one purpose is read: nobody agrees by a detail. What is neither yes nor no is passed over,
so that it neither grants nor denies.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from schemas.messages.reading.json_text import PassedOver
from schemas.messages.spelling import ALL_PURPOSES, as_purpose, folded
from schemas.messages.traits import KEPT_PURPOSES, LONGEST_PURPOSE, beyond_room
from schemas.messages.yes_no import DENIED, GRANTED, REVOKED, is_no, status_of

_PLAIN: Final = frozenset({"status", "state", "value", "consent"})
"""Names under which a word stands. So it does under a word itself: `{"granted": true}`."""

_INSIDE: Final = frozenset(
    {"channels", "purposes", "categories", "categorypreferences", "preferences"}
)
"""Names under which the purposes stand."""

_STRENGTH: Final = (GRANTED, REVOKED, DENIED)
"""Of several words for one purpose in one message the last of these counts: no before yes."""


def read_consent(said: object, always: Collection[str], path: str, pass_over: PassedOver) -> Any:
    """The trait `consent` in the contract's form, or None if nothing is left of it.

    The purposes in `always` are kept whatever is beside them.
    """
    if _says_nothing(said):
        return None
    if not isinstance(said, dict):
        if status_of(said) is None:
            pass_over(path)
        return _form(said)
    words: dict[str, Any] = {}
    for purpose, word in _words(said, path, pass_over):
        words[purpose] = max(words.get(purpose, word), word, key=_strength)
    for purpose in beyond_room(words, always, KEPT_PURPOSES):
        del words[purpose]
        pass_over(f"{path}.{purpose}")
    return words or None


def _words(
    said: Mapping[str, Any], path: str, pass_over: PassedOver, *, inside: bool = False
) -> Iterator[tuple[str, Any]]:
    whole = _whole(said)
    if whole is not None:
        yield ALL_PURPOSES, whole
    is_whole = any(_names_a_word(name) for name in said)
    for name, each in said.items():
        here = f"{path}.{name}"
        if _says_nothing(each):
            continue
        if _names_a_word(name):
            if whole is None or _under(name, each) is None:
                pass_over(here)
            continue
        if isinstance(each, dict) and not inside and folded(name) in _INSIDE:
            yield from _words(each, here, pass_over, inside=True)
            continue
        word, purpose = _word(each), as_purpose(name)
        if word is None or not 0 < len(purpose) <= LONGEST_PURPOSE or not _is_writable(purpose):
            pass_over(here)
        elif not is_whole or is_no(word):
            yield purpose, word
        elif status_of(whole) != GRANTED:
            pass_over(here)


def _word(said: object) -> Any:
    """The word for one purpose, in the contract's form; None if it is none."""
    return _whole(said) if isinstance(said, dict) else _form(said)


def _whole(said: Mapping[str, Any]) -> Any:
    """The word that an object says of itself. Beside one that can't be read a yes is none."""
    told = {name: each for name, each in said.items() if _names_a_word(name)}
    words = [word for name, each in told.items() if (word := _under(name, each)) is not None]
    found = max(words, key=_strength, default=None)
    if found is None or is_no(found):
        return found
    clear = all(_says_nothing(each) or status_of(each) for each in told.values())
    return found if clear else None


def _names_a_word(name: str) -> bool:
    return folded(name) in _PLAIN or status_of(name) is not None


def _under(name: str, said: object) -> Any:
    """The word that stands under the name of one: `{"denied": true}` is a no."""
    status = status_of(name)
    if status not in (DENIED, REVOKED):
        return _form(said)
    return status if status_of(said) == GRANTED else None


def _form(said: object) -> Any:
    return said if isinstance(said, bool) else status_of(said)


def _strength(word: object) -> int:
    return _STRENGTH.index(str(status_of(word)))


def _says_nothing(said: object) -> bool:
    return said is None or (isinstance(said, str) and not said.strip())


def _is_writable(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)

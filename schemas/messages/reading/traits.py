"""What is told of a person: `traits`, or with RudderStack's libraries `context.traits`."""

from collections.abc import Callable
from typing import Final

import msgspec

from schemas.messages.reading.json_text import Json
from schemas.messages.reading.times import day_in

_BIRTHDAY: Final = "birthday"

PassedOver = Callable[[str], object]


def set_traits(content: Json, pass_over: PassedOver) -> None:
    """Put the traits of an `identify` where the contract has them; a birthday is a date alone."""
    traits = content.get("traits")
    if traits is None:
        context = content.get("context")
        traits = context.get("traits") if isinstance(context, dict) else None
        if not isinstance(traits, dict):
            return
    if not isinstance(traits, dict):
        return
    readable = {name: each for name, each in traits.items() if _is_text({name: each})}
    if len(readable) < len(traits):
        pass_over("traits")
    born = readable.get(_BIRTHDAY)
    if isinstance(born, str):
        readable[_BIRTHDAY] = day_in(born) or born
    content["traits"] = readable


def _is_text(trait: Json) -> bool:
    """False if half an emoji is in it, or more than anybody can read."""
    try:
        msgspec.json.encode(trait)
    except (UnicodeError, OverflowError, RecursionError):
        return False
    return True

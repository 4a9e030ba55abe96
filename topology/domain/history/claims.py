"""Claims: which other names of its user are in a message."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.messages.envelope import Message
from schemas.messages.identity import Alias, Identify
from schemas.messages.social import Network

JOINING: Final = frozenset({"identify", "alias"})
"""Messages that are about names. A track event joins names only if it carries two of them."""

_NETWORKS: Final = frozenset(network.value for network in Network)
_ANONYMOUS: Final = frozenset({"anonymous_id", "anonymousId"})


_CARD: Final = "loyalty"
_CARDS: Final = frozenset(
    {
        *("loyalty", "loyaltyid", "loyaltycard", "loyaltynumber", "loyaltycardid"),
        *("card", "cardid", "cardnumber", "customercard", "membership", "membershipid"),
        *("membershipnumber", "membershipcard", "loyaltycardnumber", "customercardnumber"),
    }
)
"""Types of external ids that are the number of a customer card, without signs, in small letters."""
_SIGNS: Final = str.maketrans("", "", " _-.")


class Claimed(NamedTuple):
    """A name that a message claims for its user; explicitly, if an alias says so."""

    name: str
    explicit: bool


def claims_of(message: Message) -> tuple[Claimed, ...]:
    """The names that a message claims, each once. Without a user id nobody claims anything.

    Of `context.externalIds` those count whose type is a network (the name is `network:handle`),
    `anonymous_id` or `anonymousId`, if an `identify` says so; and the number of a customer card
    (the name is `loyalty:number`), whatever the message. An external id of another type is no name
    of ours; user ids are joined by an alias alone.
    """
    user = message.user_id
    if not user:
        return ()
    found: dict[str, bool] = {}
    if message.anonymous_id:
        found[message.anonymous_id] = False
    if message.context.external_ids:
        found |= dict.fromkeys(_cards(message), False)
    if isinstance(message, Identify):
        found |= dict.fromkeys(_external(message), False)
    elif isinstance(message, Alias):
        found[message.previous_id] = True
    return tuple(
        Claimed(name, explicit)
        for name, explicit in found.items()
        if name != user and name[0] != "\0"
    )


def card_name(number: str) -> str:
    """The name of the customer who has the card of this number."""
    return f"{_CARD}:{number}"


def _cards(message: Message) -> Iterator[str]:
    for each in message.context.external_ids:
        if each.type.lower().translate(_SIGNS) in _CARDS:
            yield card_name(each.id)


def _external(message: Identify) -> Iterator[str]:
    for each in message.context.external_ids:
        if each.type in _NETWORKS:
            yield f"{each.type}:{each.id}"
        elif each.type in _ANONYMOUS:
            yield each.id

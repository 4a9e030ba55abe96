"""Source messages: what shops, social tools and help desks send, in Segment's message shape.

`schemas.messages.catalogue` has a line for every track event. What senders really send becomes a
message of the contract in `schemas.messages.reading`.
"""

from schemas.messages.catalogue import KNOWN_EVENTS, SOURCE_MESSAGE
from schemas.messages.envelope import Message
from schemas.messages.identity import Alias, Identify

__all__ = ["KNOWN_EVENTS", "SOURCE_MESSAGE", "Alias", "Identify", "Message"]

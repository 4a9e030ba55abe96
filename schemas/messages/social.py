"""Events of social networks."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.contract import SIDE, Contract, Identifier
from schemas.messages.envelope import Track
from schemas.plain_json import PLAIN_NUMBER


class Network(StrEnum):
    """A social network: LinkedIn and Xing for business customers, the others for consumers."""

    LINKEDIN = "linkedin"
    XING = "xing"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    WHATSAPP = "whatsapp"
    YOUTUBE = "youtube"
    TIKTOK = "tiktok"
    CLUBHOUSE = "clubhouse"
    SNAPCHAT = "snapchat"
    PINTEREST = "pinterest"
    X = "x"
    OTHER = "other"


class SocialProperties(Contract):
    """The person, the network and the mood: `sentiment` runs from -1 to 1."""

    network: Network
    handle: Identifier | None = None
    sentiment: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False), PLAIN_NUMBER] | None = None
    url: Annotated[str | None, SIDE] = None


class SocialEvent(Track):
    """A contact on a social network."""

    type: Literal["track"]
    event: Literal[
        "Social Followed",
        "Social Unfollowed",
        "Social Mentioned",
        "Social Message Received",
        "Social Content Engaged",
    ]
    properties: SocialProperties

    @property
    def profile(self) -> str | None:
        """The profile: userId, else anonymousId, else `network:handle`."""
        known = self.user_id or self.anonymous_id
        if known or self.properties.handle is None:
            return known or None
        return f"{self.properties.network}:{self.properties.handle}"

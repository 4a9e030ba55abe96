"""Events of the help desk."""

from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.contract import SIDE, Contract, Identifier
from schemas.messages.envelope import Track
from schemas.plain_json import PLAIN_NUMBER

LONGEST_REASON: Final = 200
"""Characters of the reason why a customer is on the suppression list."""


class TicketProperties(Contract):
    """The ticket of a customer."""

    ticket_id: Annotated[Identifier | None, SIDE] = None
    topic: Annotated[str | None, SIDE] = None
    severity: Annotated[str | int | None, SIDE] = None


class ResolutionProperties(TicketProperties):
    """The ticket that was resolved. Its id decides: without one, all complaints are resolved."""

    ticket_id: Identifier | None = None


class SurveyProperties(Contract):
    """An answer: `nps` from 0 to 10 (would you recommend us?), `csat` from 1 to 5."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"survey": {"const": "csat"}}},
            "then": {"properties": {"score": {"minimum": 1, "maximum": 5}}},
        }
    )

    survey: Literal["nps", "csat"]
    score: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False), PLAIN_NUMBER]
    comment: Annotated[str | None, SIDE] = None

    @model_validator(mode="after")
    def _score_fits_survey(self) -> Self:
        if self.survey == "csat" and not 1 <= self.score <= 5:  # noqa: PLR2004 - csat's own scale
            raise PydanticCustomError("csat_score", "a csat score runs from 1 to 5")
        return self


Reason = Annotated[Annotated[str, Field(max_length=LONGEST_REASON)] | None, SIDE]


class SuppressionProperties(Contract):
    """The reason. There is one list, for all promotion: `identify` has the consent by purpose.

    An event with another purpose counts, too: no opt-out is lost.
    """

    reason: Reason = None
    purpose: Annotated[Literal["all"], SIDE] = "all"


class LiftingProperties(Contract):
    """The reason. An event with a purpose other than all is refused: the list is for all."""

    reason: Reason = None
    purpose: Literal["all"] = "all"


NO_TICKET = TicketProperties()
ALL_TICKETS = ResolutionProperties()
NO_REASON = SuppressionProperties()
NO_REASON_TO_LIFT = LiftingProperties()


class SupportContact(Track):
    """A ticket or a conversation."""

    type: Literal["track"]
    event: Literal[
        "Ticket Opened",
        "Ticket Resolved",
        "Live Chat Conversation Started",
        "Live Chat Conversation Ended",
    ]
    properties: Annotated[TicketProperties, SIDE] = NO_TICKET


class ComplaintFiled(Track):
    """A complaint: from now on the customer is handled with care."""

    type: Literal["track"]
    event: Literal["Complaint Filed"]
    properties: Annotated[TicketProperties, SIDE] = NO_TICKET


class ComplaintResolved(Track):
    """The end of a complaint: of the one with the same ticket id, or of all if it names none."""

    type: Literal["track"]
    event: Literal["Complaint Resolved"]
    properties: Annotated[ResolutionProperties, SIDE] = ALL_TICKETS


class SurveyAnswered(Track):
    """The answer of a customer to a survey."""

    type: Literal["track"]
    event: Literal["Survey Answered"]
    properties: SurveyProperties


class CustomerSuppressed(Track):
    """The customer is put on the suppression list: the latest event counts.

    A customer on the list gets no promotion, whatever else holds.
    """

    type: Literal["track"]
    event: Literal["Customer Suppressed"]
    properties: Annotated[SuppressionProperties, SIDE] = NO_REASON


class CustomerUnsuppressed(Track):
    """The customer is taken off the suppression list: the latest event counts."""

    type: Literal["track"]
    event: Literal["Customer Unsuppressed"]
    properties: LiftingProperties = NO_REASON_TO_LIFT

"""Complaint: the customer files one."""

from typing import Annotated, Literal

from pydantic import Tag

from schemas.policy.occasions.part import OccasionPart


class OnComplaint(OccasionPart):
    """Fires when a complaint is filed."""

    complaint: Literal["filed"]


Complaint = Annotated[OnComplaint, Tag("complaint")]

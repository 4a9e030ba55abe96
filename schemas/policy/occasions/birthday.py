"""Birthday: the customer's birthday begins."""

from typing import Annotated, Literal

from pydantic import Tag

from schemas.policy.occasions.part import OccasionPart


class OnBirthday(OccasionPart):
    """Fires at the beginning of the customer's birthday."""

    birthday: Literal["every_year"]


Birthday = Annotated[OnBirthday, Tag("birthday")]

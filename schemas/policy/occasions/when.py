"""`when`: any kind of occasion. A new family is registered here, and nowhere else in `schemas`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, get_args

from pydantic import Discriminator

from schemas.policy.occasions.after_orders import AfterOrders
from schemas.policy.occasions.birthday import Birthday
from schemas.policy.occasions.complaint import Complaint
from schemas.policy.occasions.entering import Entering
from schemas.policy.occasions.order_over import OrdersOver
from schemas.policy.occasions.part import OccasionPart
from schemas.policy.occasions.recency import Recency
from schemas.policy.occasions.research import Research
from schemas.policy.occasions.reviews import Reviews
from schemas.policy.occasions.silent import Silent
from schemas.policy.occasions.staying import Staying
from schemas.policy.occasions.unanswered import UnansweredAttempts
from schemas.policy.occasions.usual_gaps import UsualGaps

AnyKind = (
    Entering
    | Staying
    | AfterOrders
    | UsualGaps
    | Research
    | Reviews
    | Complaint
    | OrdersOver
    | Recency
    | Birthday
    | UnansweredAttempts
    | Silent
)


def _kinds(annotation: Any) -> Iterator[type[OccasionPart]]:
    if isinstance(annotation, type):
        if issubclass(annotation, OccasionPart):
            yield annotation
        return
    for argument in get_args(annotation):
        yield from _kinds(argument)


KINDS: Final[Mapping[str, type[OccasionPart]]] = {kind.kind(): kind for kind in _kinds(AnyKind)}
"""Every kind by its name, in the order of an error message."""


def _kind_of(value: object) -> str | None:
    if isinstance(value, OccasionPart):
        return value.kind()
    return (
        next((kind for kind in KINDS if kind in value), None)
        if isinstance(value, Mapping)
        else None
    )


When = Annotated[
    AnyKind,
    Discriminator(
        _kind_of,
        custom_error_type="unknown_when",
        custom_error_message="say when: " + ", ".join(KINDS),
    ),
]

"""The suppression list: what is said about it goes into Kafka, what is on it is read in Redis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from schemas import topics
from schemas.messages import catalogue
from services.ingest.event_producer import Record
from services.read_model.customers import Found, list_ids, load_customers
from services.read_model.reader import ReadModel
from services.read_model.rows import SUPPRESSED
from topology.domain.history.suppression import is_suppressed

SOURCE: Final = topics.SUPPORT_EVENTS


@dataclass(frozen=True, slots=True)
class SuppressionPage:
    """Customers who are on the list, and the id to go on after, None at the end."""

    customers: Sequence[Found]
    go_on_after: bytes | None


def suppression_record(
    name: str, *, suppressed: bool, reason: str | None, message_id: str
) -> Record:
    """The source message that puts whoever has this name on the list, or takes them off it.

    It says nothing about what kind of name it is: a user id it becomes by messages of the shop. Nor
    does it say when: it counts from when it arrives, so nothing that came before is later.
    """
    message: dict[str, Any] = {
        "type": "track",
        "event": catalogue.CUSTOMER_SUPPRESSED.name
        if suppressed
        else catalogue.CUSTOMER_UNSUPPRESSED.name,
        "messageId": message_id,
        "anonymousId": name,
        "properties": {} if reason is None else {"reason": reason},
    }
    return Record(SOURCE, name.encode(), msgspec.json.encode(message))


async def list_suppressed(model: ReadModel, after: bytes | None, limit: int) -> SuppressionPage:
    """Return who is on the list beyond the id `after`, in the order of their ids."""
    page = await list_ids(model, [SUPPRESSED], after, limit)
    found = await load_customers(model, page.ids)
    customers = [each for each in found if is_suppressed(each.state.history.person.suppression)]
    return SuppressionPage(customers, page.go_on_after)

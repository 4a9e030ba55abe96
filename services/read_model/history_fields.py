"""What the scripts get of transitions and triggers: pure, one field after the other."""

from collections.abc import Iterator

from services.read_model.batch import HistoryBatch
from services.read_model.keys import Keys, quoted
from services.read_model.packing import pack_ids
from services.read_model.trigger_ref import TriggerRef


def transition_fields(keys: Keys, batch: HistoryBatch) -> Iterator[str | bytes]:
    """Of each transition the key of its list, its offset, its body and its entry in the log."""
    for each in batch.entries:
        yield keys.transitions(each.customer_id)
        yield str(each.offset)
        yield each.body
        yield f"{each.offset} {each.appended_ms} {each.customer_id}"


def trigger_fields(keys: Keys, batch: HistoryBatch) -> Iterator[str | bytes]:
    """Of each trigger its offset, its reference, its body, its rule, and the keys of both lists."""
    partition = batch.partition
    for each in batch.entries:
        ref = TriggerRef(partition, each.offset, each.appended_ms, each.rule, each.customer_id)
        yield str(each.offset)
        yield ref.to_text()
        yield each.body
        yield quoted(each.rule)
        yield keys.triggers_of_rule(partition, each.rule)
        yield keys.triggers_of_customer(partition, each.customer_id)


def ids_in(batch: HistoryBatch) -> bytes:
    """Whom a batch is about."""
    return pack_ids({each.customer_id.encode() for each in batch.entries})

"""The cursor of the trigger log: nothing missed, nothing twice, whatever the order of commits."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.read_model.cursor import Cursor
from services.read_model.merge import earliest
from services.read_model.opaque import Kind, OpaqueError, seal, unseal
from services.read_model.trigger_ref import TriggerRef
from services.read_model.varint import read_varints, write_varints

PARTITIONS = 4


class Log:
    """A trigger log as the read model keeps it, and a reader who goes through it by pages."""

    def __init__(self) -> None:
        self.partitions: list[list[TriggerRef]] = [[] for _ in range(PARTITIONS)]
        self.cursor = Cursor.beginning("t").to_text()
        self.seen: list[TriggerRef] = []

    def commit(self, partition: int, gap: int, appended_ms: int) -> None:
        """Markers of transactions leave gaps; clocks of brokers may go back."""
        log = self.partitions[partition]
        offset = (log[-1].offset + 1 if log else 0) + gap
        log.append(TriggerRef(partition, offset, appended_ms, "r", "c"))

    def read(self, limit: int) -> Sequence[TriggerRef]:
        cursor = Cursor.from_text(self.cursor, "t")
        beyond = [
            [ref for ref in log if ref.offset >= cursor.at(partition)][:limit]
            for partition, log in enumerate(self.partitions)
        ]
        page = earliest(beyond, limit)
        self.cursor = cursor.after((ref.partition, ref.offset) for ref in page).to_text()
        self.seen += page
        return page

    def read_all(self, limit: int) -> None:
        """Read until there is nothing more, which takes a page a trigger at the most."""
        for _ in range(1 + sum(map(len, self.partitions))):
            if not self.read(limit):
                return
        raise AssertionError("the reader does not come to an end")


commits = st.tuples(st.integers(0, PARTITIONS - 1), st.integers(0, 3), st.integers(0, 50))
reads = st.integers(1, 5)


@given(st.lists(st.one_of(commits, reads)))
def test_each_trigger_is_seen_once_and_in_its_partitions_order(
    happenings: list[tuple[int, int, int] | int],
) -> None:
    log = Log()
    for happening in happenings:
        if isinstance(happening, int):
            log.read(happening)
        else:
            log.commit(*happening)
    log.read_all(3)
    assert sorted(log.seen) == sorted(ref for refs in log.partitions for ref in refs)
    for partition, refs in enumerate(log.partitions):
        assert [ref for ref in log.seen if ref.partition == partition] == refs


@given(st.lists(commits), reads)
def test_at_rest_the_order_is_the_brokers_time(
    happened: list[tuple[int, int, int]], limit: int
) -> None:
    log = Log()
    for partition, gap, _ in happened:
        log.commit(partition, gap, 10 * len(log.partitions[partition]))
    log.read_all(limit)
    assert log.seen == sorted(log.seen, key=lambda ref: (ref.appended_ms, ref.partition))


@given(st.dictionaries(st.integers(0, 40), st.integers(1, 2**60)), st.text())
def test_a_cursor_reads_back_as_it_was(offsets: dict[int, int], topic_id: str) -> None:
    cursor = Cursor(topic_id, offsets)
    assert Cursor.from_text(cursor.to_text(), topic_id) == cursor
    assert cursor.to_text().replace("-", "").replace("_", "").isalnum()


def test_a_cursor_of_a_topic_that_is_gone_is_refused() -> None:
    text = Cursor("old", {0: 5}).to_text()
    with pytest.raises(OpaqueError, match="deleted since"):
        Cursor.from_text(text, "new")


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(OpaqueError):
        unseal(Kind.TRIGGERS, text)


@given(st.binary(), st.integers(0, 200), st.characters())
def test_a_text_with_one_wrong_character_is_refused(content: bytes, place: int, wrong: str) -> None:
    text = seal(Kind.CUSTOMERS, content)
    at = place % len(text)
    garbled = text[:at] + wrong + text[at + 1 :]
    if garbled == text:
        assert unseal(Kind.CUSTOMERS, text) == content
    else:
        with pytest.raises(OpaqueError):
            unseal(Kind.CUSTOMERS, garbled)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(OpaqueError, match="another list"):
        unseal(Kind.TRIGGERS, seal(Kind.CUSTOMERS, b"c-1"))


@given(st.lists(st.integers(0, 2**63)))
def test_numbers_read_back_as_they_were(numbers: list[int]) -> None:
    assert list(read_varints(write_varints(numbers))) == numbers

"""What is too large for its topic is cut, and says so; what fits is left alone."""

import random

import pytest

from schemas import topics
from schemas.dead_letter import DeadLetterHeaders
from tests.topology.agents.records import Shelf, headers_of, record
from tests.topology.domain.messages import day, order
from topology.agents.journey import Journey
from topology.agents.sizes import DEFAULT_LIMIT, Limits, size_of
from topology.batching.handler import Output


def letter(output: Output) -> dict[str, str]:
    """The headers of a dead letter, which must be as published."""
    assert output.topic == topics.DEAD_LETTERS
    headers = {name: value.decode() for name, value in headers_of(output).items()}
    DeadLetterHeaders.model_validate(headers)
    return headers


def taken(value: bytes, key: bytes = b"k") -> Output:
    """The dead letter of a record that can't be read."""
    [output] = Shelf().take([record(value, key=key)]).outputs
    return output


def test_a_dead_letter_that_fits_is_as_received() -> None:
    """Up to nearly what its topic takes."""
    value = random.Random(1).randbytes(1_040_000)
    output = taken(value)
    assert output.value == value
    assert "cut-to" not in letter(output)


def test_a_dead_letter_that_is_too_large_is_cut_and_says_how_large_it_was() -> None:
    """The record filled its own topic, and ours adds headers."""
    value = random.Random(1).randbytes(DEFAULT_LIMIT - 90)
    output = taken(value)
    headers = letter(output)
    assert output.value == value[:65_536]
    assert (headers["original-size"], headers["cut-to"]) == (str(len(value)), "65536")
    assert "key-cut-to" not in headers


def test_a_key_that_is_too_large_is_cut_as_well() -> None:
    """It may be all that is large."""
    key = random.Random(1).randbytes(DEFAULT_LIMIT - 90)
    output = taken(b"{", key)
    headers = letter(output)
    assert output.key == key[:1_024]
    assert (headers["original-key-size"], headers["key-cut-to"]) == (str(len(key)), "1024")
    assert (output.value, headers.get("cut-to")) == (b"{", None)


@pytest.mark.parametrize("limit", [3_000, 20_000, DEFAULT_LIMIT, 5_000_000])
@pytest.mark.parametrize("value", [10, 50_000, 1_100_000, 6_000_000])
@pytest.mark.parametrize("key", [10, 50_000, 6_000_000])
def test_what_is_cut_fits(limit: int, value: int, key: int) -> None:
    """Whatever the topic takes, and wherever the bytes are."""
    limits = Limits({topics.DEAD_LETTERS: limit})
    before = Output(topics.DEAD_LETTERS, b"k" * key, b"v" * value, (("reason", b"not_json"),))
    after = limits.cut(before)
    assert size_of(after) <= limit
    assert (after == before) == limits.take(before)


def test_a_detail_that_quotes_a_whole_message_is_cut() -> None:
    """As one about a currency that is a megabyte long."""
    message = order(day(0), "o")
    message["properties"]["currency"] = "X" * 900_000
    assert len(letter(Shelf().take([record(message)]).outputs[0])["detail"]) <= 1_000


def test_a_record_that_is_too_large_to_be_handed_on_goes_to_the_dead_letters() -> None:
    """It can't get to its partition, and must not hold up this one."""
    shelf = Shelf(partitions=8)
    message = order(day(0), "o", profile="foobar")
    message["properties"]["note"] = "n" * 5_000
    shelf.journey = Journey(
        shelf.journey._book, 8, lambda: shelf.now, Limits({topics.SHOP_EVENTS: 5_000})
    )
    for wrong in (0, 1):
        shelf.number = wrong
        [output] = shelf.take([record(message, partition=wrong)]).outputs
        if output.topic == topics.DEAD_LETTERS:
            assert letter(output)["reason"] == "too_large"
            return
    raise AssertionError("one of two partitions is not its own")

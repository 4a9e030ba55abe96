"""Opaque text reads back as it was, and any other text is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.http.opaque_text import (
    Kind,
    OpaqueError,
    read_varints,
    seal,
    unseal,
    write_varints,
)


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

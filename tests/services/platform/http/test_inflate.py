"""What was packed comes out whole, or not at all, and never more than is taken."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.http.request_body import NotGzipError, TooMuchInsideError, inflate
from tests.schemas.fuzz import fuzzed


@fuzzed
@given(st.binary(max_size=300), st.integers(0, 300))
def test_what_was_packed_comes_out_or_is_too_much(content: bytes, most: int) -> None:
    packed = zlib.compress(content, wbits=31)
    if len(content) <= most:
        assert inflate(packed, most) == content
    else:
        with pytest.raises(TooMuchInsideError):
            inflate(packed, most)


@fuzzed
@given(st.binary(max_size=100))
def test_any_bytes_are_unpacked_or_refused(packed: bytes) -> None:
    try:
        inflate(packed, 100)
    except (NotGzipError, TooMuchInsideError):
        return

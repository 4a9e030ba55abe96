"""Tests wait for conditions: only tests.waits names seconds, which a busy machine can't exceed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LIMITS = {"asyncio.timeout", "asyncio.wait_for"}
CLOCKS = ("time()", "monotonic()", "perf_counter()")


def _names_seconds(node: ast.expr) -> bool:
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, int | float)
        for part in ast.walk(node)
    )


def _is_a_limit(taken: ast.expr, how: ast.cmpop, limit: ast.expr) -> bool:
    """`monotonic() - began < 3`."""
    clock, minus, _ = ast.unparse(taken).partition(" - ")
    is_time = bool(minus) and clock.endswith(CLOCKS)
    return is_time and isinstance(how, ast.Lt | ast.LtE) and _names_seconds(limit)


def _faults(code: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(func=called, args=given) if ast.unparse(called) in LIMITS:
                if any(map(_names_seconds, given)):
                    yield node.lineno
            case ast.Assert(test=ast.Compare(left=left, ops=ops, comparators=others)):
                if any(map(_is_a_limit, [left, *others], ops, others)):
                    yield node.lineno


@pytest.mark.parametrize(
    "code",
    [
        "async with a(), asyncio.timeout(5): pass",
        "await asyncio.wait_for(it, 2 * PAUSE_S)",
        "assert time.monotonic() - began < 0.5",
        "assert 0.1 < monotonic() - began <= 3",
    ],
)
def test_a_limit_in_seconds_is_found(code: str) -> None:
    assert [*_faults(f"async def test():\n    {code}")] == [2]


def test_no_test_names_seconds() -> None:
    faults = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        for line in _faults(path.read_text("utf-8"))
    ]
    assert faults == []

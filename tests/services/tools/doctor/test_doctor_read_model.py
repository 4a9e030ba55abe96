"""Doctor finds a Redis that would evict customers, and ids that many people share."""

from typing import Any

import pytest

from services.tools.doctor.finding import Verdict
from services.tools.doctor.read_model import server_finding, shared_ids_finding

INFO = {"redis_version": "7.2.4", "maxmemory": 0, "maxmemory_policy": "noeviction"}


@pytest.mark.parametrize(
    ("info", "verdict", "expected"),
    [
        (INFO, Verdict.OK, "Redis 7.2.4"),
        ({**INFO, "valkey_version": "9.1.2"}, Verdict.OK, "Valkey 9.1.2"),
        ({**INFO, "maxmemory_policy": "allkeys-lru"}, Verdict.OK, "Redis 7.2.4"),
        ({**INFO, "maxmemory": 10**9}, Verdict.OK, "Redis 7.2.4"),
        (
            {**INFO, "maxmemory": 10**9, "maxmemory_policy": "allkeys-lru"},
            Verdict.WRONG,
            "maxmemory-policy is allkeys-lru",
        ),
    ],
)
def test_it_is_assessed_by_its_own_report(
    info: dict[str, Any], verdict: Verdict, expected: str
) -> None:
    found = server_finding(info, "redis://r:1")
    assert found.verdict is verdict
    assert expected in found.message


def test_none_is_fine() -> None:
    assert shared_ids_finding(0, []).verdict is Verdict.OK


def test_the_first_are_named_and_the_others_counted() -> None:
    few, many = shared_ids_finding(2, ["0", "walk-in"]), shared_ids_finding(1_007, list("abcde"))

    assert few.verdict is many.verdict is Verdict.NOTE
    assert few.message.startswith("'0', 'walk-in': more orders in a day")
    assert many.message.startswith("'a', 'b', 'c', 'd', 'e' and 1,002 more: ")
    assert "without a user id" in few.message

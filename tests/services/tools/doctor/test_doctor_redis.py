"""A Redis that would throw customers away is found out."""

from typing import Any

import pytest

from services.tools.doctor.finding import Verdict
from services.tools.doctor.redis import finding_of

INFO = {"redis_version": "7.2.4", "maxmemory": 0, "maxmemory_policy": "noeviction"}


@pytest.mark.parametrize(
    ("info", "verdict", "said"),
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
def test_it_is_judged_by_what_it_says_of_itself(
    info: dict[str, Any], verdict: Verdict, said: str
) -> None:
    found = finding_of(info, "redis://r:1")
    assert found.verdict is verdict
    assert said in found.said

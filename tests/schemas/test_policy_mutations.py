"""Whatever somebody does to a policy file: it means the same, or something else, or is refused."""

import copy
import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.policy import PolicyError
from tests.schemas.fuzz import fuzzed
from tests.schemas.policies import TEXT, policy

some = settings(fuzzed, max_examples=60)

CONTENT: Any = yaml.safe_load(TEXT)
VERSION = policy(TEXT).version
NAMED_LINE = re.compile(r"shop\.yaml, line [1-9]\d*: .+: .+")

Path = tuple[str | int, ...]


def paths(content: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in the policy but the whole of it."""
    items: Any = ()
    if isinstance(content, dict):
        items = content.items()
    elif isinstance(content, list):
        items = enumerate(content)
    for name, value in items:
        yield (*path, name)
        yield from paths(value, (*path, name))


PLACES = list(paths(CONTENT))
NAMED_PLACES = [path for path in PLACES if isinstance(path[-1], str)]

OTHER_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.dates(),
    st.lists(st.integers(0, 6), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.binary(max_size=4),
)


def parent_of(content: Any, path: Path) -> Any:
    """What holds the place."""
    for part in path[:-1]:
        content = content[part]
    return content


def dumped(content: Any) -> str:
    """As YAML."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def refused_with_a_line(text: str) -> bool:
    """Whether it is no policy; any exception but a good PolicyError fails the test."""
    try:
        policy(text)
    except PolicyError as error:
        for line in str(error).splitlines():
            assert NAMED_LINE.fullmatch(line), line
        return True
    return False


def test_a_policy_that_is_written_anew_by_a_machine_means_the_same() -> None:
    """Else the tests below would test nothing."""
    assert policy(dumped(CONTENT)).version == VERSION


@some
@given(st.sampled_from(PLACES))
def test_a_policy_with_a_part_taken_out_is_refused_or_means_something_else(path: Path) -> None:
    """Only what has a default may be missing without a word."""
    content = copy.deepcopy(CONTENT)
    del parent_of(content, path)[path[-1]]
    text = dumped(content)

    if not refused_with_a_line(text) and path[-1] != "priority":
        assert policy(text).version != VERSION


@some
@given(st.sampled_from(NAMED_PLACES), st.text(max_size=12))
@example(("rules", 0, "cooldown"), "on")
@example(("rules", 0, "cooldown"), "1")
@example(("rules", 0, "cooldown"), "<<")
@example(("rules", 0, "cooldown"), "")
def test_a_policy_with_a_name_changed_is_refused_or_means_something_else(
    path: Path, name: str
) -> None:
    """No misspelt name goes unnoticed."""
    content = copy.deepcopy(CONTENT)
    parent = parent_of(content, path)
    renamed = {name if key == path[-1] else key: value for key, value in parent.items()}
    parent.clear()
    parent.update(renamed)
    text = dumped(content)

    if not refused_with_a_line(text) and name != path[-1]:
        assert policy(text).version != VERSION


@some
@given(st.sampled_from(PLACES), OTHER_VALUES)
@example(path=("policy",), value=True)
@example(path=("segments", "grid"), value=[])
@example(path=("rules", 3, "cases", 0, "when", "entering", 0), value="none")
@example(path=("stages", 0), value=None)
@example(path=("stages", 1, "any", 0), value={})
@example(path=("frequency_caps", 0, "at_most"), value=True)
@example(path=("quiet_hours", "from"), value=1200)
@example(path=("quiet_hours", "to"), value=dt.date(2026, 1, 1))
@example(path=("ideal_customer", "raises_priority_from"), value=float("nan"))
@example(path=("service_recovery", "sentiment_at_most"), value=float("-inf"))
@example(path=("window",), value="999999999 weeks")
@example(path=("time_zone",), value="Europe")
@example(path=("time_zone",), value="x" * 5000)
def test_a_policy_with_another_value_is_taken_or_refused_with_a_line(
    path: Path, value: Any
) -> None:
    """And nothing but a PolicyError ever comes of it."""
    content = copy.deepcopy(CONTENT)
    parent_of(content, path)[path[-1]] = value

    refused_with_a_line(dumped(content))


@some
@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(max_size=8))
def test_a_policy_with_a_stretch_of_text_replaced_never_raises_another_exception(
    start: int, length: int, text: str
) -> None:
    """As when a hand slips on the keyboard."""
    refused_with_a_line(TEXT[:start] + text + TEXT[start + length :])


@some
@given(st.text())
def test_any_text_is_refused_with_a_line(text: str) -> None:
    """Nothing short of a whole policy is one."""
    assert refused_with_a_line(text)

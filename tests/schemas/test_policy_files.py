"""A file that is no policy at all, or can't be read, is refused with the line where it shows."""

from datetime import timedelta
from pathlib import Path

import pytest

from schemas.policy import PolicyError, load_policy, parse_policy
from tests.schemas.policies import TEXT, changed, line_of, policy, refusal


@pytest.mark.parametrize(
    ("old", "field"),
    [
        ("currency: EUR", "currency"),
        ("    otherwise: 1", "scores.recency.otherwise"),
        ("    cooldown: 1 hour", "rules.service_recovery.cooldown"),
    ],
)
def test_a_name_that_is_given_twice_is_refused(old: str, field: str) -> None:
    """The second one would win, and nobody would know."""
    text = changed(old, f"{old}\n{old}")

    assert refusal(text) == f"shop.yaml, line {line_of(old) + 1}: {field}: is given twice"


NOT_YAML = [
    ("currency: [EUR", 1, "while parsing a flow sequence, expected ',' or ']'"),
    ("a: b: c", 1, "mapping values are not allowed here"),
    ("policy: 1\n\tcurrency: EUR", 2, "while scanning for the next token, found character '\\t'"),
    ("policy: 1\ncurrency: \x00", 2, "the character U+0000 can't be in it"),
    ("policy: 1\n---\npolicy: 1", 2, "expected a single document in the stream, but found another"),
    ("policy: 1\ncurrency: *eur", 2, "found undefined alias 'eur'"),
    ("policy: 1\nwindow: 2026-02-30", 2, "'2026-02-30' can't be understood; if it is text, put it"),
    (f"policy: {'9' * 5000}", 1, "'999999999999"),
    ("policy: !!int one", 1, "'one' can't be understood; if it is text, put it in quotes"),
    ("policy: !!timestamp now", 1, "'now' can't be understood; if it is text, put it in quotes"),
    ("policy: !!bool maybe", 1, "'maybe' can't be understood; if it is text, put it in quotes"),
    ("policy: !!python/object:os.system x", 1, "could not determine a constructor for the tag"),
    ("policy: 1\n? [a, b]\n: c", 2, "while constructing a mapping, found unhashable key"),
]


@pytest.mark.parametrize(("text", "line", "expected"), NOT_YAML)
def test_what_is_not_yaml_is_refused_with_its_line(text: str, line: int, expected: str) -> None:
    """And with what the reader stumbled over."""
    assert refusal(text).startswith(f"shop.yaml, line {line}: not readable as YAML: {expected}")


@pytest.mark.parametrize("text", ["[" * 5_000, "{a: " * 5_000])
def test_what_is_nested_without_end_is_refused(text: str) -> None:
    """No stack overflows."""
    assert refusal(text) == "shop.yaml: not readable as YAML: it is nested too deeply"


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    """With a word on how to begin."""
    assert refusal(text).startswith("shop.yaml, line 1: the policy")


@pytest.mark.parametrize("text", ["[1, 2]", "EUR", "5", "- &a [*a]"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    """Whatever else it may be."""
    assert refusal(text).startswith("shop.yaml, line 1: the policy: must have names and values")


def test_an_anchor_that_contains_itself_is_refused() -> None:
    """Nobody walks in circles."""
    assert "x: this name is not known here" in refusal("&a {x: *a}")


def test_aliases_that_multiply_are_refused_soon() -> None:
    """Nobody walks through a billion laughs."""
    lines = [
        "a0: &a0 [1]",
        *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)),
    ]

    assert "a11: this name is not known here" in refusal("\n".join(lines))


def test_anchors_and_merges_may_be_used() -> None:
    """They save writing the same twice; what is said beside them wins."""
    text = changed("  - name: wake_up\n", "  - &mild\n    name: wake_up\n")
    end = text.index("  - name: nurture")
    text = text[:end] + "  - {<<: *mild, name: wake_up_again, cooldown: 2 days}\n\n" + text[end:]
    rules = {rule.name: rule for rule in policy(text).rules}

    assert rules["wake_up_again"].cooldown == timedelta(days=2)
    assert rules["wake_up_again"].cases == rules["wake_up"].cases
    broken = text.replace("wake_up_again, cooldown: 2 days", "wake_up_again, cooldown: 2")
    place = f"shop.yaml, line {line_of('{<<', text)}: rules.wake_up_again.cooldown: "
    assert refusal(broken).startswith(place + "write a duration")


def test_a_byte_order_mark_does_no_harm() -> None:
    """Some editors write one."""
    assert policy("\ufeff" + TEXT).version == policy(TEXT).version


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    """And with the reason, in the system's words."""
    with pytest.raises(PolicyError) as error:
        load_policy(tmp_path / "none.yaml")
    assert str(error.value) == (
        f"{tmp_path / 'none.yaml'}: can't read the policy: No such file or directory"
    )


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """Like any other file that can't be read."""
    with pytest.raises(PolicyError, match="can't read the policy"):
        load_policy(tmp_path)


def test_a_binary_file_is_refused_with_its_line(tmp_path: Path) -> None:
    """A picture, or text in another encoding."""
    path = tmp_path / "policy.yaml"
    path.write_bytes("policy: 1\ncurrency: €\n".encode("cp1252"))

    with pytest.raises(PolicyError) as error:
        load_policy(path)
    assert str(error.value) == f"{path}, line 2: this is no text in UTF-8"


def test_a_fault_names_the_file_as_it_was_given(tmp_path: Path) -> None:
    """So that it can be opened."""
    path = tmp_path / "mine.yaml"
    path.write_text(changed("EUR", "EUX"), "utf-8")

    with pytest.raises(PolicyError, match="is not a currency") as error:
        load_policy(path)
    assert str(error.value).startswith(f"{path}, line {line_of('currency')}: currency: ")


def test_a_fault_is_reported_without_what_led_to_it() -> None:
    """Pydantic's and YAML's own words would only confuse."""
    with pytest.raises(PolicyError) as error:
        parse_policy(changed("EUR", "EUX"), "shop.yaml")
    assert error.value.__suppress_context__

"""A policy's version changes with what it means, and with nothing else."""

import json
from random import Random

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.policy import load_default_policy
from tests.schemas.fuzz import fuzzed
from tests.schemas.policies import TEXT, changed, policy

VERSION = load_default_policy().version


def test_a_version_is_twelve_hexadecimal_digits() -> None:
    """Short enough to read out."""
    assert len(VERSION) == 12
    assert int(VERSION, 16) >= 0


MEANINGS = [
    ("EUR", "CHF"),
    ("Europe/Berlin", "Europe/Vienna"),
    ("365 days", "364 days"),
    ("younger_than: 30 days", "younger_than: 29 days"),
    ("younger_than: 30 days", "younger_than: 43201 minutes"),
    ("{younger_than: 180 days, score: 2}", "{younger_than: 180 days, score: 1}"),
    ("at_least: 10,", "at_least: 11,"),
    ("at_least: 1000.00", "at_least: 1000.01"),
    ("    otherwise: 1", "    otherwise: 2"),
    ("without_orders: none", "without_orders: nobody"),
    ("name: at_risk, recency: [1, 2]", "name: hibernating, recency: [1, 2]"),
    ("  review_at_most: 2", "  review_at_most: 3"),
    ("  open_for: 30 days", "  open_for: 31 days"),
    ("name: wake_up", "name: wake_them_up"),
    ("promotional: false", "promotional: true"),
    ("cooldown: 30 days", "cooldown: 29 days"),
    ("expires_after: 7 days", "expires_after: 8 days"),
    ("when: {review_at_most: 2}", "when: {review_at_most: 1.5}"),
    ("[at_risk]", "[at_risk, hibernating]"),
    ("after_first_order: 21 days", "after_first_order: 20 days"),
    ("{orders_total: {at_most: 1}}", "{orders_in_window: {at_most: 1}}"),
    ("{monetary_score: {at_most: 2}}", "{monetary_score: {at_least: 2}}"),
    ("{monetary_score: {at_most: 2}}", "{}"),
    ("kind: content", "kind: special_offer"),
    ("priority: low", "priority: high"),
    ("channel: email", "channel: post"),
    ("template: win_back}", "template: win_back, offer: SAVE10}"),
    ("Filed a complaint", "Complained"),
]


@pytest.mark.parametrize(("old", "new"), MEANINGS)
def test_a_version_changes_with_each_meaning(old: str, new: str) -> None:
    """Every field counts."""
    text = changed(old, new)
    if old == "name: at_risk, recency: [1, 2]":
        text = text.replace("[at_risk]", "[hibernating]")
    assert policy(text).version != VERSION


def test_a_version_changes_with_the_order_of_rules() -> None:
    """Of two triggers at one instant the first rule's comes first."""
    content = yaml.safe_load(TEXT)
    content["rules"].reverse()

    assert policy(json.dumps(content)).version != VERSION


FORMATS = [
    ("# The default", "# My own"),
    ("currency: EUR", "currency:   'EUR'  # euros"),
    ("365 days", " 365  days "),
    ("365 days", "8760 hours"),
    ("younger_than: 30 days, score: 5", "score: 5, younger_than: 720 hours"),
    ("1000.00", "1000"),
    ("1000.00", "1_000.000"),
    ("1000.00", "'1e3'"),
    ("priority: normal, ", ""),
    ("channel: email, template: win_back", "channel: email, offer: null, template: win_back"),
    ("{complaint: filed}\n", "{complaint: filed}\n        provided: {}\n"),
    ("[at_risk]", "\n          - at_risk"),
]


@pytest.mark.parametrize(("old", "new"), FORMATS)
def test_a_version_does_not_change_with_the_way_of_writing(old: str, new: str) -> None:
    """Comments, quotes, defaults written out, the same number or length of time."""
    old_text = changed(old, new)
    if new.startswith("\n"):
        old_text = changed("{entering: [at_risk]}", "\n          entering:\n            - at_risk")
    assert policy(old_text).version == VERSION


@settings(fuzzed, max_examples=20)
@given(st.randoms(use_true_random=False))
def test_a_version_does_not_change_with_the_order_of_names(random: Random) -> None:
    """At no level."""
    assert policy(json.dumps(shuffled(yaml.safe_load(TEXT), random))).version == VERSION


def shuffled(content: object, random: Random) -> object:
    """The same, with the names of every mapping in another order."""
    if isinstance(content, dict):
        names = list(content)
        random.shuffle(names)
        return {name: shuffled(content[name], random) for name in names}
    if isinstance(content, list):
        return [shuffled(item, random) for item in content]
    return content

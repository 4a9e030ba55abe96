"""A policy's version changes with what it means, and with nothing else."""

import json
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.policy import load_default_policy, load_policy
from tests.schemas.fuzz import fuzzed
from tests.schemas.policies import SMALL, TEXT, changed, policy

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
    ("{name: prospect}", "{name: stranger}"),
    ("any: [{newsletter: true}, {consent: true}]", "any: [{newsletter: true, consent: true}]"),
    ("{following: true}, ", "{following: false}, "),
    ("{orders_in_window: {at_least: 4}}", "{orders_in_window: {at_least: 5}}"),
    ("{name: C}", "{name: D}\n  - {name: C, any: [{engaged: true}]}"),
    ("nps_at_most: 6", "nps_at_most: 5"),
    ("csat_at_most: 2", "csat_at_most: 1"),
    ("sentiment_at_most: -0.5", "sentiment_at_most: -0.4"),
    ("recovering_for: 14 days", "recovering_for: 13 days"),
    ("  recovering_for: 14 days\n", ""),
    ("raises_priority_from: 0.75", "raises_priority_from: 0.8"),
    ("weight: 2", "weight: 3"),
    ("{at_most: 1, within: 7 days}", "{at_most: 2, within: 7 days}"),
    ("{at_most: 1, within: 7 days}", "{at_most: 1, within: 6 days}"),
    ("  - {at_most: 2, within: 30 days}\n", ""),
    ('from: "20:00"', 'from: "20:01"'),
    ('to: "08:00"', 'to: "08:01"'),
    ("rest_after: 6", "rest_after: 5"),
    ("# most_orders_per_day: 50", "most_orders_per_day: 51"),
    ("rest_after: 6\n", ""),
    ("{entering_care: [complaint_open]}", "{complaint: filed}"),
    ("{entering_care: [complaint_open]}", "{entering_care: [recovering]}"),
    ("{fired_within: 90 days}", "{fired_within: 89 days}"),
    ("{unanswered: 6}", "{unanswered: 5}"),
    ("{silent_for: 730 days}", "{silent_for: 731 days}"),
    ("{climbing_to: [lead]}", "{climbing_to: [follower]}"),
    ("for: 7 days}", "for: 8 days}"),
    ("{after_order: 14 days}", "{after_order: 15 days}"),
    ("unanswered: {at_most: 5}", "unanswered: {at_most: 4}"),
    ("care: [calm]", "care: [recovering]"),
    ("{birthday: every_year}", "{review_at_most: 1}"),
    ("provided: {stage: [regular, vip]}", "provided: {stage: [regular]}"),
    ("{recency_falls_to: 3}", "{recency_falls_to: 2}"),
    ("{review_at_least: 4}", "{review_at_least: 4.5}"),
    ("{mention_at_least: 0.5}", "{mention_at_least: 0.6}"),
    ("{after_research: 3 days}", "{after_research: 4 days}"),
    ("bought_over: [store]", "bought_over: [phone]"),
    ("nth: 2", "nth: 3"),
    ("order_over: [marketplace, partner]", "order_over: [marketplace]"),
    ("{after_usual_gaps: 1.5,", "{after_usual_gaps: 1.6,"),
    ("no_sooner_than: 7 days", "no_sooner_than: 8 days"),
    (", no_sooner_than: 7 days", ""),
    ("tier: [C]", "tier: [B]"),
    ("[at_risk]", "[at_risk, hibernating]"),
    ("after_first_order: 21 days", "after_first_order: 20 days"),
    ("{orders_total: {at_most: 1}}", "{orders_in_window: {at_most: 1}}"),
    ("{monetary_score: {at_most: 2}}", "{monetary_score: {at_least: 2}}"),
    ("{monetary_score: {at_most: 2}}", "{}"),
    ("kind: content", "kind: special_offer"),
    ("priority: low", "priority: high"),
    ("channel: email", "channel: post"),
    ("template: win_back}", "template: win_back, offer: SAVE10}"),
    ("Did not answer", "Ignored"),
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


def test_what_a_later_release_added_changes_no_version_of_before() -> None:
    """A worker that is updated alone does not decide every customer again."""
    before = Path(__file__).parent / "before" / "default.yaml"

    assert load_policy(before).version == "35ca534d0f87"


def test_an_empty_limit_is_none() -> None:
    """Nulls and empty lists may stand for what is not limited."""
    section = "ideal_customer: null\nfrequency_caps: []\nquiet_hours: null\nrest_after: null\n"

    assert policy(f"{SMALL}{section}").version == policy(SMALL).version


def test_nobody_stands_on_a_ladder_of_one_unknown_rung() -> None:
    """To say so is to say nothing."""
    begin, end = SMALL.index("stages:"), SMALL.index("service_recovery:")
    without = SMALL[:begin] + SMALL[end:]
    section = "stages: [{name: unknown}]\ntiers: [{name: unknown}]\n"

    assert policy(without + section).version == policy(without).version


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
    ("{entering: [at_risk]}\n", "{entering: [at_risk]}\n        provided: {}\n"),
    ("{entering: [at_risk]}\n", "{entering: [at_risk]}\n        provided: {traits: null}\n"),
    ("{name: prospect}", "{name: prospect, any: []}"),
    ('"20:00"', "'20:00'"),
    ("within: 7 days", "within: 1 week"),
    ("sentiment_at_most: -0.5", "sentiment_at_most: -5.0e-1"),
    ("{newsletter: true}", "{newsletter: yes}"),
    ("{at_least: 6}, monetary", "{at_least: 6, at_most: null}, monetary"),
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

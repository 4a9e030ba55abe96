"""`stammkunde policy list | show | diff | publish` over a real Kafka."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.policy import load_default_policy
from schemas.topics import POLICIES
from tests.schemas.policies import SMALL, TEXT, small
from tests.schemas.policies import policy as parsed
from tests.services.tools.cli.command import run
from tests.topology.batching.kafka import Sent, send

pytestmark = [pytest.mark.e2e]

DEFAULT = load_default_policy().version
OTHER = small("window: 365 days", "window: 366 days")
ONE, TWO = parsed(SMALL).version, parsed(OTHER).version


class Shop(NamedTuple):
    """A folder with policies, and the Kafka."""

    folder: Path
    kafka: str

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return run(
            self.folder, "policy", *arguments, KAFKA_BOOTSTRAP_SERVERS=self.kafka, **settings
        )

    def json(self, *arguments: str, **settings: str) -> Any:
        ended = self.run(*arguments, "--json", **settings)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


@pytest.fixture
def shop(kafka: str, tmp_path: Path) -> Shop:
    (tmp_path / "one.yaml").write_text(SMALL)
    (tmp_path / "two.yaml").write_text(OTHER)
    (tmp_path / "default.yaml").write_text(TEXT)
    return Shop(tmp_path, kafka)


def test_a_history_from_the_first_policy_to_the_way_back(shop: Shop) -> None:
    """Each step is listed, with who, why and what it replaced; the old text can be printed."""
    assert f"The default policy is in force, version {DEFAULT}." in shop.run("list").stdout
    first = shop.json("publish", "one.yaml", "--by", "anna", "--trial", "trial-7")
    assert (first["published"], first["revision"], first["version"]) == (True, 1, ONE)
    assert (first["replaces"], first["trial_id"], "text" in first) == (DEFAULT, "trial-7", False)
    second = shop.run("publish", "two.yaml", "--by", "ben", "--note", "more days")
    assert f"Published version {TWO} as revision 2; it replaces {ONE}." in second.stdout
    again = shop.run("publish", "two.yaml")
    assert f"Version {TWO} is published already: revision 2, by ben" in again.stdout
    assert shop.json("publish", "two.yaml")["published"] is False
    printed = shop.run("show", ONE)
    assert printed.stdout == SMALL
    assert "# anna published it at" in printed.stderr
    (shop.folder / "old.yaml").write_text(printed.stdout)
    third = shop.json("publish", "old.yaml", "--replaces", TWO, "--at", "2126-01-01T00:00:00Z")
    assert (third["revision"], third["version"], third["replaces"]) == (3, ONE, TWO)
    listed = shop.json("list")
    states = [(each["revision"], each["state"]) for each in listed["publications"]]
    assert states[0] == (3, "not yet")
    assert states[1][0] == 2
    assert shop.json("show", "2")["note"] == "more days"
    text = shop.run("list").stdout
    assert "2126-01-01 00:00:00 UTC" in text
    assert "more days" in text


def test_the_default_policy_is_published_only_to_go_back_to_it(shop: Shop) -> None:
    """Before the first publication it is in force anyway."""
    assert "nothing was published" in shop.run("publish", "default.yaml").stdout
    shop.json("publish", "one.yaml")
    assert shop.json("publish", "default.yaml")["revision"] == 2


def test_what_differs_is_printed_line_by_line(shop: Shop) -> None:
    """Between files, versions and revisions; two texts may decide alike."""
    shop.json("publish", "one.yaml")
    ended = shop.run("diff", ONE, "two.yaml")
    assert "-window: 365 days" in ended.stdout
    assert "+window: 366 days" in ended.stdout
    (shop.folder / "comment.yaml").write_text(f"# Nothing else.\n{SMALL}")
    found = shop.json("diff", "1", "comment.yaml")
    assert (found["old"], found["new"], found["decide_alike"]) == (ONE, ONE, True)
    assert "+# Nothing else." in found["diff"]
    ended = run(shop.folder, "policy", "diff", "one.yaml", "two.yaml")
    assert (ended.returncode, ended.stderr) == (0, ""), "files need no Kafka"


def test_mistakes_are_named_with_what_to_do(shop: Shop) -> None:
    """An unknown version, a broken file, an outdated publication, a time that is over."""
    shop.json("publish", "one.yaml", "--by", "anna")
    for command in (["show", "abc"], ["diff", "abc", "one.yaml"]):
        ended = shop.run(*command)
        assert ended.returncode == 1
        assert f"'abc' is no version of the policy. There are: {ONE}, {DEFAULT} (default)." in (
            ended.stderr
        )
    (shop.folder / "wrong.yaml").write_text(small("currency: EUR", "currency: EURO"))
    ended = shop.run("publish", "wrong.yaml")
    assert ended.returncode == 1
    assert ended.stderr.startswith("wrong.yaml, line 2: currency: ")
    ended = shop.run("publish", "two.yaml", "--replaces", DEFAULT)
    assert ended.returncode == 1
    assert f"anna published version {ONE} at" in ended.stderr
    ended = shop.run("publish", "two.yaml", "--at", "2020-01-01T00:00:00Z")
    assert "is over" in ended.stderr
    assert shop.run("publish", "two.yaml", "--note", "x" * 501).returncode == 2
    ended = shop.run("publish", "two.yaml", "--release", "200")
    assert ended.returncode == 2
    assert "write it as 200/hour" in ended.stderr
    ended = shop.run("publish", "two.yaml", "--release", "200/hour", STAMMKUNDE_CLOCK="topic")
    assert "--release needs the machine's clock" in ended.stderr
    mine = {"STAMMKUNDE_POLICY": "one.yaml"}
    ended = shop.run("publish", "two.yaml", "--release", "200/hour", **mine)
    assert "STAMMKUNDE_POLICY is set here (one.yaml)" in ended.stderr
    assert len(shop.json("list")["publications"]) == 1


async def test_what_this_release_cannot_use_is_listed_as_such(shop: Shop) -> None:
    """Records that can't be read, and policies that can't."""
    shop.json("publish", "one.yaml", "--by", "anna")
    publication = shop.json("show", "1")
    newer = {**publication, "revision": 2, "version": "0" * 12, "text": f"{SMALL}future: 1\n"}
    await send(
        shop.kafka,
        [
            Sent(POLICIES, 0, b"2", json.dumps(newer).encode()),
            Sent(POLICIES, 0, b"3", b"{}"),
        ],
    )
    text = shop.run("list").stdout
    assert "this release can't use it" in text
    assert "future: " in text
    assert "the record '3' can't be read: revision: Field required" in text
    assert shop.json("list")["in_force"] in {ONE, DEFAULT}
    doctor = run(shop.folder, "doctor", KAFKA_BOOTSTRAP_SERVERS=shop.kafka).stdout
    assert "this release can't use revision 2: " in doctor
    assert "the record '3' can't be read: " in doctor
    assert shop.json("publish", "two.yaml")["revision"] == 4


def test_a_file_of_the_settings_wins_and_is_named(shop: Shop) -> None:
    """Whoever publishes learns that it changes nothing for roles with the file."""
    mine = {"STAMMKUNDE_POLICY": "one.yaml"}
    assert "Roles whose STAMMKUNDE_POLICY is set" in shop.run("publish", "two.yaml", **mine).stderr
    assert "STAMMKUNDE_POLICY is set here" in shop.run("list", **mine).stderr


def test_under_a_clock_from_the_topic_a_policy_is_in_force_at_once(shop: Shop) -> None:
    """Its ticks may be of any year."""
    found = shop.json("publish", "one.yaml", STAMMKUNDE_CLOCK="topic")
    assert found["in_force_from"] == "1970-01-01T00:00:00Z"
    assert shop.json("list")["in_force"] == ONE


def test_of_two_commands_at_the_same_time_one_wins(shop: Shop) -> None:
    """The other one's error names the winner. `test_publishing` has many rounds."""
    texts = {name: f"{366 + place} days" for place, name in enumerate("ab")}
    for name, days in texts.items():
        (shop.folder / f"{name}.yaml").write_text(small("365 days", days))
    with ThreadPoolExecutor() as both:
        ended = [
            *both.map(
                lambda name: shop.run(
                    "publish", f"{name}.yaml", "--by", name, "--replaces", DEFAULT
                ),
                texts,
            )
        ]
    assert sorted(each.returncode for each in ended) == [0, 1], ended
    (lost,) = (each for each in ended if each.returncode)
    assert "published version" in lost.stderr
    assert len(shop.json("list")["publications"]) == 1

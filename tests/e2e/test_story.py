"""`stammkunde demo --story`, as a user starts it: all of it is what was worked out by hand."""

import asyncio
import json
import re
import shlex
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from schemas.customer import Customer
from schemas.policy import load_default_policy
from schemas.trigger import Trigger
from services.api.answers import Listing
from services.platform.tasks import run_with_background
from services.tools.demo.api import open_api
from services.tools.demo.subscriber import Subscriber
from services.tools.demo.summary import Summary, summary_of
from tests.services.tools.cli.command import COMMAND, environment
from tests.services.tools.cli.processes import needs_proc, processes_of
from tests.services.tools.demo.story_by_hand import BY_HAND, Fate, Fired
from tests.services.tools.demo.story_by_oracle import expected_outcomes
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e]

PARTITIONS = 8
"""Of each topic, as `up` makes them by default."""


@dataclass(frozen=True)
class Ended:
    """A demo that is over, and what its API had said before."""

    data_dir: Path
    status: int
    stdout: str
    triggers: tuple[Trigger, ...]
    customers: tuple[Customer, ...]
    answers: tuple[httpx.Response, ...]
    """To the lines that it printed to look around with."""
    summary: Summary


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Let the story go by, look around, and end it."""
    data_dir = tmp_path_factory.mktemp("story")
    with (data_dir / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [*COMMAND, "demo", "--story"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=data_dir,
            env=environment(data_dir, STAMMKUNDE_API_PORT="0"),
        )
        try:
            lines = list(_until_it_stays(process))
            assert lines, (data_dir / "stderr").read_text()
            urls = [shlex.split(line)[-1] for line in lines if line.startswith("curl")]
            with httpx.Client(trust_env=False, headers={"User-Agent": "curl/8.5.0"}) as http:
                answers = tuple(http.get(url) for url in urls)
                api = answers[0].url.join("/v1/")
                triggers = http.get(api.join("triggers"), params={"limit": 500})
                customers = http.get(api.join("customers"), params={"limit": 500})
            summary = asyncio.run(_summary_of(data_dir / "demo"))
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=LONGEST_WAIT_S)
    return Ended(
        data_dir,
        process.returncode,
        "".join(lines) + rest,
        Listing[Trigger].model_validate_json(triggers.content).items,
        Listing[Customer].model_validate_json(customers.content).items,
        answers,
        summary,
    )


async def _summary_of(stack_dir: Path) -> Summary:
    stack = json.loads((stack_dir / "stack.json").read_text())
    subscriber = Subscriber(stack["kafka"], PARTITIONS)
    async with open_api(stack["api"]) as api:
        return await run_with_background(summary_of(api, subscriber), subscriber.follow())


def _until_it_stays(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if line.startswith("Everything stays up"):
            return


def test_everybody_s_fate_is_the_one_worked_out_by_hand(demo: Ended) -> None:
    fired: dict[str, list[Fired]] = defaultdict(list)
    for trigger in demo.triggers:
        fired[trigger.customer_id].append(Fired.of(trigger))
    fates = {
        each.customer_id: Fate(
            tuple(fired[each.customer_id]), each.segment, each.stage, each.tier, each.care
        )
        for each in demo.customers
    }
    assert fates == BY_HAND
    assert set(fired) == set(BY_HAND)


def test_every_rule_of_the_default_policy_fires(demo: Ended) -> None:
    rules = {rule.name for rule in load_default_policy().rules}
    assert {trigger.rule for trigger in demo.triggers} == rules


def test_it_shows_people_of_the_story(demo: Ended) -> None:
    assert [answer.status_code for answer in demo.answers] == [200, 200, 200]
    assert all(len(answer.text.splitlines()) > 20 for answer in demo.answers)
    assert max(len(line) for line in demo.stdout.splitlines() if line.startswith("curl")) <= 80
    named = re.findall(r"/v1/customers/([a-z.]+)", demo.stdout)
    assert set(named) == {"viktor.von.thal"}


def test_ctrl_c_ends_it(demo: Ended) -> None:
    assert demo.status in {0, 128 + signal.SIGINT}


@needs_proc
def test_nothing_is_left_running(demo: Ended) -> None:
    assert processes_of(demo.data_dir) == {}


def test_its_summary_is_the_one_worked_out_by_hand(demo: Ended) -> None:
    """With `--once` it would be the last line: `test_demo` has such a demo."""
    summary = demo.summary
    assert summary.customers == len(BY_HAND)
    # Anna 8, Viktor 10, Claudia 9, Heinrich 5, Ruth 3, Jonas 3, Mehmet 2, Sabine 2, Rainer 1.
    assert summary.orders == 43
    # 119.20 + 950.00 + 610.00 + 172.00 + 162.40 + 60.00 + 98.00 + 160.00 + 129.00
    assert summary.revenue_cents == 246_060
    assert summary.model_dump() == expected_outcomes(demo.triggers).summary

"""The story before the oracle."""

import json
from collections.abc import Iterable

from schemas.trigger import Trigger
from services.tools.demo.story import lines_of, read_story
from tests.oracle import Verdict, run_policy, trigger_name, with_real_id


def expected_outcomes(triggers: Iterable[Trigger]) -> Verdict:
    """What the oracle makes of the story. It calls these triggers by names of its own."""
    names = {each.trigger_id: trigger_name(each.rule, each.attempt) for each in triggers}
    story = read_story()
    messages = [json.loads(line.value) for line in lines_of(story)]
    return run_policy([with_real_id(each, names) for each in messages], until=story.until)

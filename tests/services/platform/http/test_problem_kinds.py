"""Every problem of every room has a kind of its own, by which a client tells it from the others."""

from collections.abc import Iterator

import services.api.app  # noqa: F401 - every room that answers over HTTP is loaded by it
from services.platform.http.problems import HttpProblem, Problem


def kinds_of(base: type[Problem]) -> Iterator[type[Problem]]:
    for each in base.__subclasses__():
        yield each
        yield from kinds_of(each)


def test_each_kind_has_one_status_and_one_class() -> None:
    """A class without a kind only gathers others; one that refines another keeps its kind."""
    named = [each for each in kinds_of(Problem) if "kind" in vars(each)]
    assert len({each.kind for each in named}) == len(named) >= 25
    for each in kinds_of(Problem):
        if each is not HttpProblem:
            assert each.status
            assert hasattr(each, "kind") or each.__subclasses__(), each

"""What `stammkunde dead-letters` says of a command line that it can't use."""

from pathlib import Path

import pytest

from tests.services.tools.cli.command import run


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("list", "--reason", "nojson"), "there is no reason 'nojson'; there are not_json"),
        (("list", "--topic", "orders"), "there is no source 'orders'"),
        (("list", "--since", "yesterday"), "write an instant such as 2026-11-20T10:00:00Z"),
        (("show", "17"), "'17' is no id; write PARTITION-OFFSET, such as 3-17"),
        (("retry",), "name either ids, or filters, or --all."),
        (("retry", "3-17", "--all"), "name either ids, or filters, or --all."),
    ],
)
def test_what_can_not_be_used_is_named(
    arguments: tuple[str, ...], expected: str, tmp_path: Path
) -> None:
    ended = run(tmp_path, "dead-letters", *arguments, KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert ended.returncode == 2
    assert expected in ended.stderr

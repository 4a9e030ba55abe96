"""`stammkunde policy check` says ok, or each fault with file, line and field."""

from importlib import resources
from pathlib import Path

from schemas.policy import load_default_policy
from tests.services.tools.cli.command import run

DEFAULT = resources.files("schemas.policy").joinpath("default.yaml").read_text("utf-8")


def test_the_default_policy_is_ok(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(DEFAULT)
    ended = run(tmp_path, "policy", "check", "mine.yaml")
    assert ended.returncode == 0
    assert ended.stdout == f"ok, version {load_default_policy().version}\n"


def test_each_fault_is_a_line_with_file_line_and_field(tmp_path: Path) -> None:
    wrong = DEFAULT.replace("currency: EUR", "currency: EURO").replace(
        "window: 365 days", "window: a year"
    )
    (tmp_path / "mine.yaml").write_text(wrong)
    ended = run(tmp_path, "policy", "check", "mine.yaml")
    assert ended.returncode == 1
    assert ended.stdout == ""
    first, second = ended.stderr.splitlines()
    assert first.startswith("mine.yaml, line 4: currency: ")
    assert second.startswith("mine.yaml, line 8: window: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    ended = run(tmp_path, "policy", "check", "mine.yaml")
    assert ended.returncode == 1
    assert ended.stderr.startswith("mine.yaml: can't read the policy")
    assert len(ended.stderr.splitlines()) == 1

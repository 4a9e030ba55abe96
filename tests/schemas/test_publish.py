"""The published files are what the contracts say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from schemas.publish import COMMAND, CONTRACTS, FOLDER, files, main, out_of_step, publish

ROOT = FOLDER.parents[1]


def test_the_published_files_are_in_step_with_the_contracts() -> None:
    """Whoever changes a contract publishes it."""
    assert out_of_step() == [], f"run: {COMMAND}"


def test_the_check_passes_when_all_is_in_step() -> None:
    """It says nothing then."""
    main(["--check"])


def test_the_check_names_the_files_and_the_command_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it changes nothing."""
    publish(tmp_path)
    (tmp_path / "customer.schema.json").write_text("{}", "utf-8")
    (tmp_path / "topics.json").unlink()
    monkeypatch.setattr(out_of_step, "__defaults__", (tmp_path,))

    with pytest.raises(SystemExit) as end:
        main(["--check"])

    assert end.value.code == (
        "out of step with the contracts: customer.schema.json, topics.json; "
        "run: python -m schemas.publish"
    )
    assert (tmp_path / "customer.schema.json").read_text("utf-8") == "{}"


def test_a_file_of_no_contract_is_out_of_step_until_it_is_published_anew(tmp_path: Path) -> None:
    """An orphan schema would mislead whoever finds it."""
    publish(tmp_path)
    (tmp_path / "gone.v1.schema.json").write_text("{}", "utf-8")
    assert out_of_step(tmp_path) == ["gone.v1.schema.json"]

    publish(tmp_path)
    assert out_of_step(tmp_path) == []
    assert {path.name for path in tmp_path.iterdir()} == {name for name, _ in files()}


def test_publishing_gives_the_same_bytes_in_every_process() -> None:
    """No set and no hash seed decides about the order."""
    script = "from schemas.publish import files; print(dict(files()))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("name", CONTRACTS)
def test_each_schema_is_valid_json_schema_of_2020_12(name: str) -> None:
    """It says which dialect it is written in, what it is called, and what it is about."""
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"))

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:stammkunde:{name}"
    assert schema["title"] == name
    assert schema["description"]


def test_what_stammkunde_writes_requires_every_field() -> None:
    """A subscriber may rely on a field being there, if only as null.

    Only a trigger that somebody released has `released_by`: all others are as they were before.
    """
    schema = json.loads((FOLDER / "retention.triggers.v1.schema.json").read_text("utf-8"))

    assert {*schema["required"], "released_by"} == set(schema["properties"])
    action = schema["$defs"]["Action"]
    assert set(action["required"]) == set(action["properties"])


def test_the_published_catalogue_names_every_topic() -> None:
    """The changelog's name depends on the app id."""
    catalogue = json.loads((FOLDER / "topics.json").read_text("utf-8"))

    assert [topic["name"] for topic in catalogue] == [
        "shop.events.v1",
        "social.events.v1",
        "support.events.v1",
        "journey.clock.v1",
        "journey.joins.v1",
        "customer.transitions.v1",
        "retention.triggers.v1",
        "retention.held.v1",
        "journey.dead-letters.v1",
        "delivery.subscriptions.v1",
        "delivery.progress.v1",
        "customer.erasures.v1",
        "access.keys.v1",
        "access.audit.v1",
        "retention.policies.v1",
        "connect.sources.v1",
        "{app_id}-customers-changelog",
    ]
    assert set(catalogue[0]) == {"name", "owner", "key", "value", "retention_days", "config"}

"""The compose file is one, and speaks of commands and settings that there are."""

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.platform.settings import Settings
from services.tools.local_stack.jars import JarCache
from tests.deploy.compose_file import compose_file, make_secrets
from tests.deploy.containerfile import ROOT
from tests.deploy.known import check_command, variables

SPECIFICATION = "builtin_schemas/vendor/compose-spec.json"
README = (ROOT / "deploy" / "README.md").read_text()
LONG_RUNNING = {"worker", "projector", "api", "delivery", "archive"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file, with the defaults of what it takes from the environment."""
    return compose_file()


def roles(compose: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The services that run our image."""
    for name, service in compose["services"].items():
        if "build" in service:
            yield name, service


def test_it_keeps_to_the_compose_specification(compose: dict[str, Any]) -> None:
    """The schema is the one that check-jsonschema carries."""
    carrier = find_spec("check_jsonschema")
    assert carrier is not None
    assert carrier.submodule_search_locations
    schema = json.loads(Path(carrier.submodule_search_locations[0], SPECIFICATION).read_text())
    faults = [fault.message for fault in Draft202012Validator(schema).iter_errors(compose)]
    assert faults == []


def test_it_runs_every_role(compose: dict[str, Any]) -> None:
    """And the topics are made before, once."""
    services = dict(roles(compose))
    assert services.keys() == LONG_RUNNING | {"topics"}
    for name in LONG_RUNNING:
        assert services[name]["command"] == [name]
        after = services[name]["depends_on"]["topics"]["condition"]
        assert after == "service_completed_successfully"


def test_its_commands_are_there(compose: dict[str, Any]) -> None:
    for _, service in roles(compose):
        check_command(service["command"])


@pytest.mark.parametrize("command", re.findall(r"stammkunde (keys .+)|worker (keys .+)", README))
def test_the_first_key_is_made_as_the_readme_says(command: tuple[str, ...]) -> None:
    check_command("".join(command).split())


def test_its_settings_are_there_and_can_be_used(
    compose: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt variable would be ignored without a word."""
    secrets = make_secrets(tmp_path)
    for _, service in roles(compose):
        assert service["environment"].keys() <= variables()
        with monkeypatch.context() as patch:
            for name, value in service["environment"].items():
                patch.setenv(name, str(value).replace("/run/secrets", str(secrets)))
            settings = Settings.from_environment()
        assert settings.erasure_salt is not None
        assert str(settings.redis_url).endswith("@valkey:6379/0")


def test_the_kafka_is_the_one_that_is_tested(compose: dict[str, Any]) -> None:
    [version] = re.findall(r"/kafka:([\d.]+)", compose["services"]["kafka"]["image"])
    assert version == JarCache().version


def test_only_this_machine_can_reach_it(compose: dict[str, Any]) -> None:
    """Whoever wants more says so, and puts keys and TLS in front of it."""
    ports = [port for one in compose["services"].values() for port in one.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_a_role_can_do_no_more_than_it_must(compose: dict[str, Any]) -> None:
    for name, service in roles(compose):
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name

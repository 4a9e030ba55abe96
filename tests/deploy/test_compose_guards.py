"""The compose file bounds each service, and holds no secret."""

import asyncio
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from services.tools.doctor.finding import Verdict
from services.tools.doctor.read_model import check_redis
from services.tools.local_stack.ports import free_port
from services.tools.local_stack.valkey import find_valkey
from tests.deploy.compose_file import COMPOSE, DEPLOY, compose_file, make_secrets
from tests.deploy.containerfile import CONTAINERFILE, ROOT
from tests.waits import LONGEST_WAIT_S

SECRET = re.compile("password|secret|token|key|salt|redis_url$", re.IGNORECASE)
REFERENCE = re.compile(r"(?:image: |FROM |_IMAGE: |ARG \w+_IMAGE=)\S*?([\w.]+/\S*?:[\w.-]+\S*)")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
SERVICES: dict[str, dict[str, Any]] = compose_file()["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_can_take_all_of_the_machine(name: str) -> None:
    """Neither its memory nor its cores, nor its process ids."""
    assert SERVICES[name]["mem_limit"]
    assert SERVICES[name]["cpus"] > 0
    assert SERVICES[name]["pids_limit"] > 0
    assert all("size=" in each for each in SERVICES[name].get("tmpfs", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_there_is_no_secret_in_it(name: str) -> None:
    """Nor a default for one, which nobody would change."""
    named = [one for one in SERVICES[name].get("environment", ()) if SECRET.search(one)]
    assert all(one.endswith("_FILE") for one in named), named
    assert "requirepass" not in str(SERVICES[name].get("command"))


def test_what_is_mounted_is_made_and_never_committed(tmp_path: Path) -> None:
    mounted = compose_file()["secrets"]
    made = make_secrets(tmp_path)
    assert {each["file"] for each in mounted.values()} == {
        f"./secrets/{file.name}" for file in made.iterdir()
    }
    for service in SERVICES.values():
        assert set(service.get("secrets", ())) <= mounted.keys()
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text().split()


def test_the_secrets_are_of_chance_and_kept(tmp_path: Path) -> None:
    """And nobody but their owner gets at them, though each image's user can read its own."""
    first = {each.name: each.read_text() for each in make_secrets(tmp_path).iterdir()}
    again = {each.name: each.read_text() for each in make_secrets(tmp_path).iterdir()}
    (tmp_path / "other").mkdir()
    other = {each.name: each.read_text() for each in make_secrets(tmp_path / "other").iterdir()}
    assert again == first
    assert all(other[name] != secret for name, secret in first.items())
    assert len(first["erasure-salt"]) == len(first["valkey-password"]) == 64
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "secrets").iterdir()} == {0o444}


@pytest.mark.parametrize("file", [COMPOSE, CONTAINERFILE], ids=lambda path: path.name)
def test_every_image_has_a_digest_or_says_why_not(file: Path) -> None:
    lines = file.read_text().splitlines()
    found = [number for number, line in enumerate(lines) if REFERENCE.search(line)]
    assert found
    for number in found:
        text = f"{lines[number - 1]}\n{lines[number]}"
        assert DIGEST.search(text) or "# no digest: " in text, lines[number]


def test_images_are_pinned_by_what_the_registry_says(tmp_path: Path) -> None:
    """The registry is a stand-in: nobody needs the network for a test."""
    done = _pin(tmp_path, f"echo sha256:{'a' * 64}")
    assert done.returncode == 0, done.stderr
    pinned = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert pinned.keys() == {"KAFKA_IMAGE", "PYTHON_IMAGE", "VALKEY_IMAGE"}
    for name, image in pinned.items():
        assert image == f"{_default_of(name)}@sha256:{'a' * 64}"


@pytest.mark.parametrize("answer", ["exit 1", "true", "echo no such image", "echo sha256:abc"])
def test_nothing_is_pinned_to_what_is_no_digest(tmp_path: Path, answer: str) -> None:
    done = _pin(tmp_path, answer)
    assert done.returncode != 0
    assert done.stdout == ""


def _pin(folder: Path, answer: str) -> subprocess.CompletedProcess[str]:
    docker = folder / "docker"
    docker.write_text(f"#!/bin/sh\n{answer}\n")
    docker.chmod(0o755)
    return subprocess.run(
        [DEPLOY / "pin-images.sh"],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_WAIT_S,
    )


def _default_of(name: str) -> str:
    [default] = set(re.findall(rf"\$\{{{name}:-([^}}]+)\}}", COMPOSE.read_text()))
    return str(default)


async def test_its_valkey_lets_in_who_has_the_password_and_forgets_nothing(
    tmp_path: Path,
) -> None:
    """Its command is run as it is, with the paths of this machine."""
    secrets, port = make_secrets(tmp_path), free_port()
    _, *words = (str(word).replace("/run/secrets", str(secrets)) for word in _valkey()["command"])
    command = [str(find_valkey()), *words, "--port", str(port), "--dir", str(tmp_path)]
    url = (secrets / "redis-url").read_text().strip().replace("valkey:6379", f"127.0.0.1:{port}")
    with running(command):
        async with Redis.from_url(url) as redis:
            await _answers(redis)
            limit = await redis.config_get("maxmemory*")
        async with Redis(host="127.0.0.1", port=port) as stranger:
            with pytest.raises(AuthenticationError):
                await stranger.get("x")
        found = await check_redis(url, "valkey")
    assert limit["maxmemory"] == str(1 << 30)
    assert limit["maxmemory-policy"] == "noeviction"
    assert found.verdict is Verdict.OK
    assert (secrets / "valkey-password").read_text() not in " ".join(command)


@contextmanager
def running(command: Sequence[str]) -> Iterator[None]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        server.kill()
        server.wait()


def _valkey() -> dict[str, Any]:
    return SERVICES["valkey"]


async def _answers(redis: Redis) -> None:
    async with asyncio.timeout(LONGEST_WAIT_S):
        while True:
            try:
                await redis.ping()
            except (RedisError, OSError):
                await asyncio.sleep(0.05)
            else:
                return

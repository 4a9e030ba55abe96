"""The steps of the image are done in a clean environment, and what comes out works.

It takes three minutes of a processor, a package index and a C compiler, so it is left out unless
asked for: `make image` does it.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from services.tools.local_stack import Addresses
from tests.deploy.containerfile import PREFIX, copy_context, environment, of, stages
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.image, pytest.mark.timeout(1_800)]  # It compiles, maybe beside others.

ROLES = ("worker", "projector", "api", "delivery", "archive", "topics")
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


@pytest.fixture(scope="module")
def prefix() -> Iterator[Path]:
    """What the stage `build` makes, of nothing but what `.dockerignore` lets through."""
    with TemporaryDirectory() as folder:
        source, made = Path(folder, "src"), Path(folder, "opt")
        source.mkdir()
        copy_context(source)
        for step in of("RUN", stages()["build"]):
            words = shlex.split(step.replace(PREFIX, str(made)))
            subprocess.run(words, cwd=source, env=_outside(), check=True)
        subprocess.run(["/bin/chmod", "-R", "a-w", made], check=True)
        yield made
        subprocess.run(["/bin/chmod", "-R", "u+w", made], check=True)


def _outside() -> dict[str, str]:
    """The environment without what would let the source of this checkout be found.

    The C compiler need not optimise: no test here looks at speed, and all others run its real work.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**kept, "MYPYC_OPT_LEVEL": "0"}


def run(
    prefix: Path, data: Path, arguments: Sequence[str], **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the image's command with the image's environment, as a user who may write to `data`."""
    inside = {
        name: value.replace("/var/lib/stammkunde", str(data)).replace(PREFIX, str(prefix))
        for name, value in environment().items()
    }
    drop = WITHOUT_RIGHTS if os.geteuid() == 0 else ()
    return subprocess.run(
        [*drop, prefix / "bin" / "stammkunde", *arguments],
        env={**inside, "PATH": f"{prefix}/bin:/usr/bin:/bin", **settings},
        cwd=data,
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT_S,
        check=False,
    )


def test_the_program_can_write_nothing_of_itself(prefix: Path, tmp_path: Path) -> None:
    """The root of its file system may be read-only."""
    drop = WITHOUT_RIGHTS if os.geteuid() == 0 else ()
    touched = subprocess.run([*drop, "touch", prefix / "bin" / "x"], check=False, text=True)
    assert touched.returncode != 0


def test_it_says_what_it_can_do(prefix: Path, tmp_path: Path) -> None:
    done = run(prefix, tmp_path, ["--help"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "Customer retention as a stream" in done.stdout


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_all_that_it_imports(prefix: Path, tmp_path: Path, role: str) -> None:
    """Without servers in the settings it joins the local stack, of which there is none."""
    done = run(prefix, tmp_path, [role])
    assert done.returncode == 1
    assert "stammkunde up" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_wrong_with_the_installation(
    prefix: Path, tmp_path: Path, stack: Addresses
) -> None:
    """It needs neither Java nor a Valkey of its own where others run the servers."""
    servers = {"KAFKA_BOOTSTRAP_SERVERS": stack.kafka, "REDIS_URL": stack.redis}
    made = run(prefix, tmp_path, ["topics", "create"], **servers)
    assert made.returncode == 0, made.stderr
    done = run(prefix, tmp_path, ["doctor"], **servers)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Domain +compiled$", done.stdout, re.MULTILINE), done.stdout

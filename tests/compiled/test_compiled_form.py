"""Which form of the domain a process runs."""

from pathlib import Path

import pytest

from topology.compiled_form import FORMS, PURE, compiled_folder, digest_of


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with a compiled form of its source."""
    package = tmp_path / "topology"
    (package / "domain").mkdir(parents=True)
    (package / "agents").mkdir()
    (package / "domain" / "advance.py").write_text("1")
    (package / "agents" / "batch.py").write_text("2")
    (tmp_path / FORMS / digest_of(package)).mkdir(parents=True)
    return package


def test_the_compiled_form_of_this_very_source_is_found(package: Path) -> None:
    folder = package.parent / FORMS / digest_of(package)
    assert compiled_folder(package, {}) == folder
    assert compiled_folder(package, {PURE: "0"}) == folder


def test_nothing_compiled_is_used_if_the_environment_says_so(package: Path) -> None:
    assert compiled_folder(package, {PURE: "1"}) is None


@pytest.mark.parametrize("path", ["domain/advance.py", "agents/batch.py"])
def test_the_compiled_form_of_another_source_is_not_used(package: Path, path: str) -> None:
    """Or an edit would change nothing."""
    (package / path).write_text("3")
    assert compiled_folder(package, {}) is None


def test_a_module_that_came_or_went_is_another_source(package: Path) -> None:
    (package / "domain" / "more.py").write_text("")
    assert compiled_folder(package, {}) is None


def test_without_a_compiled_form_the_source_runs(tmp_path: Path) -> None:
    assert compiled_folder(tmp_path, {}) is None

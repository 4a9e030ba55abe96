"""A data folder belongs to one start at a time, and only ours is emptied."""

import os
from pathlib import Path

import pytest

from services.platform.faults import FaultError
from services.tools.local_stack.errors import FolderInUseError
from services.tools.local_stack.folder import claim
from services.tools.up.data_folder import (
    RunningStack,
    empty_data_folder,
    own_data_folder,
    publish_stack,
    require_own_folder,
    running_stack,
)

STACK = RunningStack(kafka="127.0.0.1:9092", redis="redis://127.0.0.1:6379/0", api="http://x:8000")


def names_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


async def test_a_running_stack_can_be_found_while_its_folder_is_owned(tmp_path: Path) -> None:
    async with own_data_folder(tmp_path):
        with publish_stack(tmp_path, STACK):
            assert running_stack(tmp_path) == STACK
        with pytest.raises(FaultError, match="No local stack runs"):
            running_stack(tmp_path)


async def test_what_a_killed_stack_has_left_does_not_count(tmp_path: Path) -> None:
    async with own_data_folder(tmp_path):
        (tmp_path / "stack.json").write_text(STACK.model_dump_json())
        assert running_stack(tmp_path) == STACK
    with pytest.raises(FaultError, match="No local stack runs"):
        running_stack(tmp_path)


async def test_a_file_that_says_something_else_does_not_count(tmp_path: Path) -> None:
    async with own_data_folder(tmp_path):
        (tmp_path / "stack.json").write_text("{")
        with pytest.raises(FaultError, match="No local stack runs"):
            running_stack(tmp_path)


async def test_emptying_removes_all_but_the_lock(tmp_path: Path) -> None:
    async with own_data_folder(tmp_path):
        (tmp_path / "kafka" / "log").mkdir(parents=True)
        (tmp_path / "stack.json").write_text("{}")
        (tmp_path / "elsewhere").symlink_to(tmp_path.parent)
        await empty_data_folder(tmp_path)
        assert names_in(tmp_path) == ["lock"]
    assert tmp_path.parent.exists()


async def test_a_server_that_still_writes_keeps_the_folder_from_being_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await claim(tmp_path / "kafka")
    monkeypatch.setattr(
        "services.tools.up.data_folder.claim", lambda folder: claim(folder, timeout_s=0)
    )
    async with own_data_folder(tmp_path):
        with pytest.raises(FolderInUseError):
            await empty_data_folder(tmp_path)
    os.close(server)


def test_a_folder_with_files_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear all")
    with pytest.raises(FaultError, match="files that Stammkunde did not make"):
        require_own_folder(tmp_path)


def test_a_new_or_empty_folder_and_one_of_ours_are_fine(tmp_path: Path) -> None:
    require_own_folder(tmp_path / "new")
    require_own_folder(tmp_path)
    (tmp_path / "lock").touch()
    (tmp_path / "kafka").mkdir()
    require_own_folder(tmp_path)

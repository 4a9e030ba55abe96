"""The data folder is for its owner only: what is known of customers lies in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.tools.local_stack.errors import FolderOfAnotherError, SharedFolderError
from services.tools.local_stack.folder import close_entries, make_private, private_files
from services.tools.local_stack.server import Process
from services.tools.up.data_folder import own_data_folder


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_folder_is_for_its_owner(tmp_path: Path) -> None:
    make_private(tmp_path / "data" / "kafka")
    assert mode(tmp_path / "data" / "kafka") == 0o700


def test_one_that_was_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    make_private(tmp_path / "data")
    assert mode(tmp_path / "data") == 0o700


def test_one_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who owns it can open it again, or has other things in it."""
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(FolderOfAnotherError, match="belongs to another user"):
        make_private(tmp_path)


def test_one_that_all_users_share_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """Closed, /tmp would be no use to anybody."""
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(SharedFolderError, match="all users"):
        make_private(shared)
    assert mode(shared) == 0o777


def test_what_lies_in_it_is_closed_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("of somebody else")
    outside.chmod(0o644)
    logs = tmp_path / "logs"
    (logs / "below").mkdir(parents=True, mode=0o755)
    (logs / "below" / "a.log").write_text("")
    (logs / "link").symlink_to(outside)
    (tmp_path / "alone").write_text("")
    close_entries([logs, tmp_path / "alone", tmp_path / "missing"])
    assert mode(logs / "below") == 0o700
    assert mode(logs / "below" / "a.log") == mode(tmp_path / "alone") == 0o600
    assert mode(outside) == 0o644


async def test_what_an_earlier_version_left_open_is_closed_and_what_is_new_too(
    tmp_path: Path,
) -> None:
    """What others have put there is none of our business."""
    data = tmp_path / "data"
    (data / "valkey").mkdir(parents=True)
    for name in ("stack.json", "valkey/dump", "notes.txt"):
        (data / name).write_text("{}")
        (data / name).chmod(0o644)
    async with own_data_folder(data):
        (data / "new").write_text("")
        by_child = "from pathlib import Path; Path('child').touch()"
        subprocess.run([sys.executable, "-c", by_child], cwd=data, check=True)  # noqa: ASYNC221
    assert mode(data) == mode(data / "valkey") == 0o700
    assert {
        mode(data / name) for name in ("stack.json", "valkey/dump", "new", "child", "lock")
    } == {0o600}
    assert mode(data / "notes.txt") == 0o644


async def test_a_server_writes_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        process = Process([sys.executable, "-c", "open('made', 'w')"], tmp_path / "server.log")
        process.start()
        await process.ended()
    finally:
        os.umask(before)
    assert mode(tmp_path / "made") == 0o600


def test_the_umask_of_before_is_restored(tmp_path: Path) -> None:
    with private_files():
        (tmp_path / "a").touch()
    before = os.umask(0o022)
    os.umask(before)
    assert before != 0o077
    assert mode(tmp_path / "a") == 0o600

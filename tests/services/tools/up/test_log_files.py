"""The log files of services are followed, whatever becomes of them meanwhile."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tools.up.log_files import LogFiles, follow_logs
from services.tools.up.service import Service, rotate_log


def test_lines_are_shown_once_when_they_are_whole(tmp_path: Path) -> None:
    (tmp_path / "api.log").write_text("of an earlier run\n")
    files = LogFiles(tmp_path)
    assert list(files.new_lines()) == []
    with (tmp_path / "api.log").open("a") as log:
        log.write("one\ntw")
    assert list(files.new_lines()) == [("api", "one")]
    with (tmp_path / "api.log").open("a") as log:
        log.write("o\n\n")
    (tmp_path / "worker-1.log").write_text("begins\n")
    assert list(files.new_lines()) == [("api", "two"), ("worker-1", "begins")]
    assert list(files.new_lines()) == []


def test_a_log_that_is_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    service = Service("api", "api", {}, tmp_path / "api.log")
    service.log.write_text("a long line of the run before\n")
    files = LogFiles(tmp_path)
    rotate_log(service)
    assert list(files.new_lines()) == []
    service.log.write_text("new\n")
    assert list(files.new_lines()) == [("api", "new")]
    service.log.write_text("x\n")
    assert list(files.new_lines()) == [("api", "x")]


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)), st.data())
def test_it_does_not_matter_in_which_pieces_a_log_is_written(
    lines: list[str], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        files, log = LogFiles(Path(folder)), Path(folder) / "api.log"
        whole = "".join(f"{line}\n" for line in lines).encode()
        printed = []
        while whole:
            size = data.draw(st.integers(1, len(whole)))
            with log.open("ab") as stream:
                stream.write(whole[:size])
            whole = whole[size:]
            printed += [line for _, line in files.new_lines()]
        assert printed == lines


async def test_the_last_lines_are_shown_at_the_end(tmp_path: Path) -> None:
    printed: list[str] = []
    following = asyncio.create_task(
        follow_logs(LogFiles(tmp_path), lambda role, line: printed.append(f"{role}: {line}"))
    )
    await asyncio.sleep(0)
    (tmp_path / "api.log").write_text("last words\n")
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    assert printed == ["api: last words"]

"""A replay that was stopped goes on where Kafka had acknowledged, if it is the same replay."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from services.tools.local_stack.errors import FolderNotWritableError
from services.tools.replay.checkpoint import Checkpoint, CheckpointFile, checkpoint_file_of
from services.tools.replay.send import NOTHING_YET, Progress

HORIZON = datetime(2026, 11, 21, tzinfo=UTC)
LATER = datetime(2026, 11, 22, tzinfo=UTC)
CHECKPOINT = Checkpoint(acknowledged=Progress(5000, 3, 12, HORIZON), horizon=HORIZON)


def of(folder: Path, content: bytes = b"a", *arguments: str) -> CheckpointFile:
    return checkpoint_file_of(folder, BytesIO(content), arguments)


def test_a_mark_comes_back_with_the_horizon_that_it_was_made_with(tmp_path: Path) -> None:
    """Another horizon could put lines into another order."""
    of(tmp_path).write(CHECKPOINT)
    assert of(tmp_path).read(LATER) == CHECKPOINT


def test_another_file_or_other_options_begin_at_the_beginning(tmp_path: Path) -> None:
    of(tmp_path, b"a", "x").write(CHECKPOINT)
    for other in (of(tmp_path, b"b", "x"), of(tmp_path, b"a", "y"), of(tmp_path, b"a", "x", "")):
        assert other.read(LATER) == Checkpoint(acknowledged=NOTHING_YET, horizon=LATER)


def test_a_mark_that_was_removed_or_spoilt_is_none(tmp_path: Path) -> None:
    checkpoint_file = of(tmp_path)
    checkpoint_file.remove()
    checkpoint_file.write(CHECKPOINT)
    checkpoint_file.file.write_text("{")
    assert checkpoint_file.read(LATER).acknowledged == NOTHING_YET
    checkpoint_file.write(CHECKPOINT)
    checkpoint_file.remove()
    assert checkpoint_file.read(LATER).acknowledged == NOTHING_YET


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "replays").write_text("in the way")
    with pytest.raises(FolderNotWritableError, match="replays"):
        of(tmp_path).write(CHECKPOINT)

"""Stores how far a replay is, so that a stopped replay goes on there.

The file, the map, the end and the horizon determine the order of the messages. A count is therefore
enough to know which ones Kafka has acknowledged.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from services.tools.local_stack.folder import named_faults
from services.tools.replay.send import NOTHING_YET, Progress

FOLDER: Final = "replays"
CHUNK: Final = 1 << 20


class Checkpoint(BaseModel):
    """What Kafka has acknowledged, and the horizon of the reading."""

    model_config = ConfigDict(frozen=True)

    acknowledged: Progress
    horizon: datetime


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """The file with the checkpoint of an unfinished replay."""

    file: Path

    def read(self, horizon: datetime) -> Checkpoint:
        """Return the checkpoint; without a valid file, one at the beginning."""
        try:
            return Checkpoint.model_validate_json(self.file.read_bytes())
        except (FileNotFoundError, ValidationError):
            return Checkpoint(acknowledged=NOTHING_YET, horizon=horizon)

    def write(self, checkpoint: Checkpoint) -> None:
        """Store a checkpoint. The write is atomic.

        Raises:
            StackError: this user can't write there.
        """
        part = self.file.with_suffix(".part")
        with named_faults(self.file.parent):
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_text(checkpoint.model_dump_json(), encoding="utf-8")
            part.replace(self.file)

    def remove(self) -> None:
        """Remove the checkpoint: the replay is at its end, or shall begin again."""
        self.file.unlink(missing_ok=True)


def checkpoint_file_of(data_dir: Path, stream: BinaryIO, options: Iterable[str]) -> CheckpointFile:
    """Return the checkpoint file for the content of a stream, replayed with these options."""
    stream.seek(0)
    content = sha256()
    while chunk := stream.read(CHUNK):
        content.update(chunk)
    name = sha256("\0".join((content.hexdigest(), *options)).encode()).hexdigest()[:32]
    return CheckpointFile(data_dir / FOLDER / f"{name}.json")

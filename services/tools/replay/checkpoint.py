"""How far a replay has come, in a file: one that was stopped goes on there.

The order in which a file is sent follows from the file, the map, the end, and the horizon, so that
counting is enough to know what Kafka has acknowledged.
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


class Mark(BaseModel):
    """What has been acknowledged, and the horizon with which the file was read."""

    model_config = ConfigDict(frozen=True)

    acknowledged: Progress
    horizon: datetime


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The file that holds a mark while a replay is not at its end."""

    file: Path

    def read(self, horizon: datetime) -> Mark:
        """Return the mark; without a file that can be read, one at the beginning."""
        try:
            return Mark.model_validate_json(self.file.read_bytes())
        except (FileNotFoundError, ValidationError):
            return Mark(acknowledged=NOTHING_YET, horizon=horizon)

    def write(self, mark: Mark) -> None:
        """Keep a mark. The file is never there half written.

        Raises:
            StackError: this user can't write there.
        """
        part = self.file.with_suffix(".part")
        with named_faults(self.file.parent):
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_text(mark.model_dump_json(), encoding="utf-8")
            part.replace(self.file)

    def remove(self) -> None:
        """Forget the mark: the replay is at its end, or is to begin anew."""
        self.file.unlink(missing_ok=True)


def bookmark_of(data_dir: Path, stream: BinaryIO, told: Iterable[str]) -> Bookmark:
    """Return the bookmark of what a stream holds, replayed as it was `told`."""
    stream.seek(0)
    content = sha256()
    while chunk := stream.read(CHUNK):
        content.update(chunk)
    name = sha256("\0".join((content.hexdigest(), *told)).encode()).hexdigest()[:32]
    return Bookmark(data_dir / FOLDER / f"{name}.json")

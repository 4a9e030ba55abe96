"""The scene where there is no terminal: a line for each month that has gone by."""

from datetime import datetime
from typing import TextIO

from schemas.counted import counted
from services.tools.demo.scene import Scene


class Plain:
    """Writes lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: datetime | None = None

    def show(self, scene: Scene) -> None:
        """Write a line if a month has begun since the last one."""
        if scene.now is None or not _another_month(self._shown, scene.now):
            return
        self._shown = scene.now
        self.say(
            f"{scene.now:%Y-%m-%d}  {counted(scene.sent, scene.noun)}, "
            f"{counted(scene.customers, 'customer')}, "
            f"{counted(scene.transitions, 'transition')}, "
            f"{counted(sum(scene.triggers.values()), 'trigger')}: "
            f"{scene.dropped:,} dropped into churn risk, {scene.won_back:,} to win back"
        )

    def say(self, line: str) -> None:
        """Write a line."""
        print(line, file=self._stream, flush=True)

    def leave(self) -> None:
        """Write nothing more; nothing has to be done for that."""


def _another_month(before: datetime | None, now: datetime) -> bool:
    return before is None or (before.year, before.month) != (now.year, now.month)

"""The projector's sign of life: it has no port that a probe could ask.

The projector touches a file in the data folder on each turn of its loop, also while it waits for
Kafka, for Redis or for its turn: a restart would bring none of them back. A probe runs this module,
which imports the standard library only and so takes some milliseconds.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

FILE_NAME: Final = "projector-alive"
SILENCE_S: Final = 120.0
"""No turn of the loop takes longer: Kafka and Redis have at most 40 s for an answer."""


def beating(data_dir: Path) -> Callable[[], None]:
    """Return a function that leaves a sign of life in the folder, and makes it if needed."""
    file = data_dir / FILE_NAME

    def beat() -> None:
        with suppress(OSError):  # The probe fails then, and the projector goes on.
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)

    return beat


def no_beat() -> None:
    """Leave no sign of life."""


def silent_s(data_dir: Path, now_s: float) -> float | None:
    """Return the seconds since the last sign of life, None if there has been none."""
    try:
        return now_s - (data_dir / FILE_NAME).stat().st_mtime
    except OSError:
        return None


def main() -> int:
    """Return 0 if the projector lives, 1 if it does not."""
    since = silent_s(Path(os.environ.get("STAMMKUNDE_DATA_DIR") or "data"), time.time())
    if since is None:
        sys.stderr.write("The projector has given no sign of life yet.\n")
        return 1
    if since > SILENCE_S:
        sys.stderr.write(f"The projector gave its last sign of life {since:.0f} s ago.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

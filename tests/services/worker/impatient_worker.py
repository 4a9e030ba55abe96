"""A worker that waits seconds for the rest of a history, where a policy can say minutes at least.

`impatient_worker KAFKA FOLDER SECONDS`, run as a module. It ends on SIGTERM.
"""

import sys
from datetime import timedelta
from pathlib import Path

import structlog
import uvloop

from schemas.policy import load_default_policy
from services.platform.settings import Settings
from services.worker import run

APP_ID = "impatient"


def main(kafka: str, folder: str, seconds: str) -> int:
    """Run the worker, and return its exit status."""
    structlog.configure([structlog.processors.JSONRenderer()])
    timeout_s = {"history_settles_after": timedelta(seconds=float(seconds))}
    policy = load_default_policy().model_copy(update=timeout_s)
    settings = Settings(app_id=APP_ID, data_dir=Path(folder), partitions=2)
    return uvloop.run(run._run(settings, policy, kafka, "w"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

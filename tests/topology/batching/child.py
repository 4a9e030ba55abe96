"""Runs a worker as a process: `child.py SETTINGS`, a pickled Sandbox and a name, in hex.

It exits with status 0 after SIGTERM, and with 1 after an error.
"""

import asyncio
import pickle
import signal
import sys
from time import time

import uvloop

from services.worker.run import until_stopped
from tests.topology.batching.sandbox import Sandbox


async def run(sandbox: Sandbox, worker: str) -> int:
    print(f"running at {time():.3f}", flush=True)  # noqa: T201 - the parent reads it
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    return await until_stopped(sandbox.app(time, worker), stop)


if __name__ == "__main__":
    sys.exit(uvloop.run(run(*pickle.loads(bytes.fromhex(sys.argv[1])))))  # noqa: S301 - ours

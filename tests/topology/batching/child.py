"""A worker in a process of its own: `child.py SETTINGS`, a pickled Room and a name, in hex.

It ends with status 0 after SIGTERM, and with 1 if it could not go on.
"""

import asyncio
import pickle
import signal
import sys
from time import time

import uvloop

from tests.topology.batching.room import Room


async def run(room: Room, worker: str) -> int:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = room.app(time, worker)
    await app.start()
    await app.wait_for_stopped(stop.wait())
    await app.stop()
    if app.fatal is not None:
        print(f"ended by {app.fatal!r}", flush=True)  # noqa: T201 - the parent reads it
        return 1
    return 1 if app.crashed else 0


if __name__ == "__main__":
    sys.exit(uvloop.run(run(*pickle.loads(bytes.fromhex(sys.argv[1])))))  # noqa: S301 - ours

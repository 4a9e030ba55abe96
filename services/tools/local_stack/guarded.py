"""Become another program that ends when the process that started it ends.

Run as a script: `guarded.py PARENT_PID PROGRAM ARGUMENT…`. On Linux the kernel sends SIGTERM to
the program as soon as the thread that started it is gone, even after kill -9. A script of its own
because the kernel must be asked in the child, and running Python between fork and exec of a
process with threads is not safe.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for the signal, check that the parent is still there, and become the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == int(sys.argv[1]):
        os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606


if __name__ == "__main__":
    main()

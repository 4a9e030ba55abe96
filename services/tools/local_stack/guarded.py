"""Runs a program that ends when its parent ends.

Run it as a script: `guarded.py PARENT_PID PROGRAM ARGUMENT…`. On Linux the kernel sends SIGTERM to
the program as soon as the thread that started it has ended, even after kill -9. It is a script
because only the child can ask the kernel for that, and because Python code between fork and exec is
not safe in a process with threads.
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

"""Compiles the domain, if this machine can, and says so in one line: `python -m native`.

--required   fail if it can't: for whoever ships what is built
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from importlib.util import find_spec
from pathlib import Path

from native.build import ROOT, build
from topology.compiled_form import PURE


def _why_not() -> str | None:
    """Why nothing can be compiled here, or None."""
    if os.environ.get(PURE) == "1":
        return f"{PURE} is 1"
    missing = [each for each in ("mypyc", "setuptools") if find_spec(each) is None]
    if missing:
        return f"{missing[0]} is not installed"
    if shutil.which("gcc") is None:
        return "there is no gcc"
    if not Path(sysconfig.get_paths()["include"], "Python.h").is_file():
        return "Python's headers are missing"
    return None


def main() -> int:
    """Compile, or say why not."""
    began, why = time.monotonic(), _why_not()
    if why is None:
        try:
            build(ROOT / "topology")
        except subprocess.CalledProcessError as error:
            print(error.stdout or "", error.stderr or "", sep="\n", file=sys.stderr)  # noqa: T201
            why = "the compiler failed, see above"
    if why is not None:
        print(f"The domain runs as it is, not compiled: {why}.")  # noqa: T201
        return "--required" in sys.argv[1:]
    print(f"The domain is compiled ({time.monotonic() - began:.0f} s).")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The interpreter: how the Python was built that runs a benchmark. Pure Python depends on it."""

import platform
import shlex
import sysconfig
from dataclasses import dataclass
from typing import Final

PGO: Final = "--enable-optimizations"
"""Built with profiles: a PGO build takes a fifth to a quarter less time for pure Python."""
LTO: Final = "--with-lto"

_OPTIONS: Final = ("--enable-", "--disable-", "--with-", "--without-")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A build of Python. `options` are those of its configure script that name no path."""

    implementation: str
    version: str
    compiler: str
    options: tuple[str, ...]

    @property
    def has_pgo(self) -> bool:
        """True if it was built with profiles."""
        return PGO in self.options

    @property
    def has_lto(self) -> bool:
        """True if it was optimized when it was linked."""
        return any(option.partition("=")[0] == LTO for option in self.options)

    def __str__(self) -> str:
        """A sentence for the terminal."""
        pgo, lto = ("with" if has else "without" for has in (self.has_pgo, self.has_lto))
        built = f"built by {self.compiler} {pgo} {PGO}, {lto} {LTO}"
        return f"{self.implementation} {self.version}, {built}"


def running_interpreter() -> Interpreter:
    """The interpreter that runs this."""
    return Interpreter(
        implementation=platform.python_implementation(),
        version=platform.python_version(),
        compiler=platform.python_compiler(),
        options=options_in(str(sysconfig.get_config_var("CONFIG_ARGS") or "")),
    )


def options_in(config_args: str) -> tuple[str, ...]:
    """The options of a configure script that name no path: paths are of one machine only."""
    options = (each for each in shlex.split(config_args) if each.startswith(_OPTIONS))
    return tuple(option for option in options if "/" not in option)

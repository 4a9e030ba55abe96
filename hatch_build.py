"""Puts the compiled form of the domain into a wheel, if the environment asks for it.

Else the wheel is pure, and fits every machine: no installation ever needs a compiler.
"""

import os
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASKED: Final = "STAMMKUNDE_COMPILED"
"""Set to 1 in the environment: the wheel has the compiled form, for this Python and machine."""

TYPES: Final = ("aiokafka", "msgspec", "pydantic", "typing-extensions")
"""Dependencies whose types the compiler asks for."""


class CompiledForm(BuildHookInterface[Any]):
    """Compiles, or finds what was compiled before."""

    def dependencies(self) -> list[str]:
        """What the compiler needs beside the program."""
        if not self._is_asked():
            return []
        project = tomllib.loads(Path(self.root, "pyproject.toml").read_text(encoding="utf-8"))
        known = self.metadata.core.dependencies
        return [
            *project["dependency-groups"]["compile"],
            *(each for each in known if each.startswith(TYPES)),
        ]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files and the machine in the wheel."""
        if version == "editable" or not self._is_asked():
            return
        sys.path.insert(0, self.root)
        from native.build import build  # noqa: PLC0415 - it needs mypy

        form = build(Path(self.root) / "topology")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"][str(form)] = f"{form.parent.name}/{form.name}"

    def _is_asked(self) -> bool:
        return self.target_name == "wheel" and os.environ.get(ASKED) == "1"

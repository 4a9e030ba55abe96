"""The compiled form of the domain: where it lies, and whether it is of the source that is here.

`make setup` and the build of a wheel put it into a folder beside this package, under the digest of
all that it was made from. So the form of another source is never found: without one of its own the
source runs as it is.
"""

import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

PURE: Final = "STAMMKUNDE_PURE"
"""Set to 1 in the environment: nothing compiled is used."""

FORMS: Final = ".stammkunde-compiled"
"""The folder."""

_SOURCES: Final = ("domain", "agents")
"""The folders that hold all that is compiled, and all that the compiler knows the types of."""


def compiled_folder(package: Path, environment: Mapping[str, str]) -> Path | None:
    """The folder of the compiled form, or None if there is none, or it is not wanted."""
    forms = package.parent / FORMS
    if environment.get(PURE) == "1" or not forms.is_dir():
        return None
    folder = forms / digest_of(package)
    return folder if folder.is_dir() else None


def digest_of(package: Path) -> str:
    """The digest of the sources, and of the interpreter that a compiled form of them is for."""
    digest = sha256(f"{sys.implementation.cache_tag} {sys.platform}".encode())
    for path in _sources(package):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(package: Path) -> Iterator[Path]:
    for folder in _SOURCES:
        yield from sorted((package / folder).rglob("*.py"))

"""Build: the compiled form of the domain and the agents, in a folder beside the source.

The sources are expanded first (see `expand`), then mypyc and a C compiler do their work.
"""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from native.classes import RecordClass, dataclasses_in, records_in
from native.expand import copies_in, expand
from topology.compiled_form import FORMS, digest_of

HERE = Path(__file__).parent
ROOT = HERE.parent
MADE_BY = "made-by"
"""A file in the form: the digest of how it was made, by these modules."""

OPT_LEVEL = os.environ.get("MYPYC_OPT_LEVEL", "2")
"""How much the C compiler optimises: with 0 it takes a third of the time."""

AGENTS = ("batch", "decode", "journey")
"""Of the agents those that every event passes."""

NOT_COMPILED = frozenset(
    {
        # Structs of msgspec, and types that only msgspec makes: they are not for a compiler.
        *("history/record", "history/suppression", "rows/row", "rules/emitted"),
        # Subclasses of int and str are not native.
        "steps/reason",
        # Few events come here: these would make the build longer, and nothing faster.
        *("history/claims", "history/consent", "history/day_sums", "history/edits"),
        *("history/exchange", "history/foreign", "history/latest", "history/refunds"),
        *("occasions/families", "occasions/progress", "policy/compile"),
        *("rows/erased", "rows/forward", "rows/row_v1", "rows/row_v2", "rows/row_v3"),
        *("rows/row_v4", "rules/calendar", "steps/edits", "steps/merge"),
        *("steps/newcomer", "steps/settling", "view/explain", "view/records", "view/view"),
    }
)
"""Modules of the domain that stay as they are.

None of them may ask by `isinstance` for a native class that derives from `ABC`: in mypyc all of
these share one cache of answers.
"""

RECORD = "topology/domain/history/record.py"


def modules() -> list[str]:
    """The modules that are compiled, by their paths."""
    domain = ROOT / "topology/domain"
    found = [str(each.relative_to(domain).with_suffix("")) for each in domain.rglob("*.py")]
    return [
        *(
            f"topology/domain/{name}.py"
            for name in sorted(found)
            if name not in NOT_COMPILED and not name.endswith("__init__")
        ),
        *(f"topology/agents/{name}.py" for name in AGENTS),
    ]


def write_source(folder: Path) -> None:
    """Write the source that is compiled, and what it imports."""
    for package in ("topology", "schemas"):
        shutil.copytree(
            ROOT / package,
            folder / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    compiled = {path: (ROOT / path).read_text(encoding="utf-8") for path in modules()}
    records: dict[str, RecordClass] = {}
    for source in compiled.values():
        for record in records_in(source):
            if record.name in records:
                raise SystemExit(f"two records are called {record.name}")
            records[record.name] = record
    classes = {each.name: each for source in compiled.values() for each in dataclasses_in(source)}
    changed = sorted({each for source in compiled.values() for each in copies_in(source)})
    copies = {each: f"copy_{number}" for number, each in enumerate(changed)}
    for path, source in compiled.items():
        (folder / path).write_text(expand(source, records, classes, copies), encoding="utf-8")
    shutil.copy(ROOT / "native/record.py", folder / RECORD)


SETUP = f"""
from setuptools import setup
from mypyc.build import mypycify

extensions = mypycify(
    ["--config-file=mypyc.ini", *open("modules").read().split()],
    opt_level="{OPT_LEVEL}",
    debug_level="0",
    multi_file=True,  # On two processors.
    group_name="topology.native",
)
for each in extensions:
    each.include_dirs.append("build/topology")  # mypyc forgets that of a group with a dot.
setup(name="stammkunde", packages=[], ext_modules=extensions)
"""

CONFIGURATION = """
[mypy]
explicit_package_bases = True
plugins = pydantic.mypy
ignore_missing_imports = True
"""


def build(package: Path) -> Path:
    """Compile, unless it was done before; return the folder of the compiled form."""
    forms = package.parent / FORMS
    form = forms / digest_of(package)
    makers = (each.read_bytes() for each in sorted(HERE.glob("*.py")))
    made_by = sha256(b"".join((OPT_LEVEL.encode(), *makers))).hexdigest()
    if form.is_dir() and (form / MADE_BY).read_text(encoding="utf-8") == made_by:
        return form
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_source(folder)
        (folder / "mypyc.ini").write_text(CONFIGURATION, encoding="utf-8")
        (folder / "modules").write_text(" ".join(modules()), encoding="utf-8")
        (folder / "setup.py").write_text(SETUP, encoding="utf-8")
        subprocess.run(
            [sys.executable, "setup.py", "-q", "build_ext", "--inplace", "--parallel", "2"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": ""},
        )
        shutil.rmtree(forms, ignore_errors=True)
        made = forms / "unfinished"
        for part in ("domain", "agents"):
            shutil.copytree(folder / "topology" / part, made / part)
        for library in (folder / "topology").glob("*.so"):
            shutil.copy(library, made)
        (made / MADE_BY).write_text(made_by, encoding="utf-8")
        made.rename(form)
    return form

"""A formatted storage beside Kafka's jars, so that a machine formats once and copies afterwards.

Kafka's own program for it is a Java that runs for a second. What it makes depends on Kafka's
version and on the settings, not on the ports: two small files, which a new data folder gets.
"""

import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory


def template_in(jars: Path, settings: str) -> Path:
    """The folder of the formatted storage for Kafka's `settings`; it may not exist yet."""
    return jars / f"storage-{sha256(settings.encode()).hexdigest()[:16]}"


def copy_files(source: Path, to: Path) -> None:
    """Copy the files of a folder, with their rights, into a new one for its owner only.

    Raises:
        OSError: one can't be read or written.
    """
    to.mkdir(mode=0o700)
    for file in source.iterdir():
        shutil.copy(file, to)


def keep(storage: Path, template: Path) -> None:
    """Copy a storage just formatted to the template, in an atomic step.

    Nothing is kept where the cache can't be written, or another process was faster.
    """
    with suppress(OSError), TemporaryDirectory(dir=template.parent) as folder:
        part = Path(folder, template.name)
        copy_files(storage, part)
        part.rename(template)

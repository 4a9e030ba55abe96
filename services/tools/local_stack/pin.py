"""Pin another version of Kafka: `python -m services.tools.local_stack.pin 4.3.1`, with the network.

It resolves the jars of that version at Maven Central, downloads them, and writes kafka-jars.txt
with the size and the SHA-256 sum of each. It is for maintainers; no module imports it.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from jgo.maven import Artifact, MavenContext

from services.tools.local_stack.jars import PINNED

HEADING = """\
# Apache Kafka as it runs here: group:artifact:version, size in bytes, SHA-256.
# Written by `python -m services.tools.local_stack.pin VERSION`.
"""


def resolve(version: str, maven: MavenContext) -> list[Artifact]:
    """List the jars of Kafka's server in `version`, and of its logging, as Maven would."""
    kafka = maven.create_dependency(f"org.apache.kafka:kafka_2.13:{version}")
    roots, needed = maven.resolver.resolve([kafka])
    log4j = next(each.version for each in needed if each.artifactId == "log4j-core")
    bridge = maven.create_dependency(f"org.apache.logging.log4j:log4j-slf4j-impl:{log4j}")
    return [each.artifact for each in (*roots, *needed, bridge)]


def line(artifact: Artifact) -> str:
    """Fetch a jar and return its line of the list."""
    content = artifact.resolve().read_bytes()
    coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
    return f"{coordinate} {len(content)} {hashlib.sha256(content).hexdigest()}\n"


def main() -> None:
    """Write the list for the version given on the command line."""
    with tempfile.TemporaryDirectory() as folder:
        maven = MavenContext(repo_cache=Path(folder))
        lines = sorted(line(artifact) for artifact in resolve(sys.argv[1], maven))
    PINNED.write_text(HEADING + "".join(lines))


if __name__ == "__main__":
    main()

"""A Kafka and a Valkey that ask who somebody is, and certificates for TLS."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from services.tools.local_stack import KafkaServer, ValkeyServer
from services.tools.local_stack.jars import JarCache
from services.tools.local_stack.kafka import find_java
from services.tools.local_stack.ports import HOST

USER = "shop"
PASSWORD = "a-word-nobody-may-see"


@dataclass(frozen=True)
class Certificate:
    """PEM files of a certificate for this machine that signs itself."""

    both: Path
    """The private key and the certificate."""
    authority: Path


def certificate(folder: Path) -> Certificate:
    key, signed, both = folder / "key.pem", folder / "ca.pem", folder / "both.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=localhost -addext subjectAltName=IP:{HOST},DNS:localhost "
        f"-keyout {key} -out {signed}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    both.write_text(key.read_text() + signed.read_text())
    return Certificate(both, signed)


class SecuredKafka(KafkaServer):
    """A Kafka with three more listeners: one asks for a password, one has TLS, one both."""

    port_names: ClassVar[tuple[str, ...]] = (*KafkaServer.port_names, "sasl", "tls", "both")

    def __init__(self, folder: Path, signed: Certificate) -> None:
        super().__init__(folder)
        self._signed = signed

    def at(self, listener: str) -> str:
        return f"{HOST}:{self.ports[listener]}"

    def _write_settings(self, filename: str, *, log: str) -> None:
        super()._write_settings(filename, log=log)
        listeners = {name.upper(): f"{HOST}:{self.ports[name]}" for name in ("sasl", "tls", "both")}
        more = ",".join(f"{name}://{at}" for name, at in listeners.items())
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
        protocols = "SASL:SASL_PLAINTEXT,TLS:SSL,BOTH:SASL_SSL"
        lines = []
        for line in (self.folder / filename).read_text().splitlines():
            name = line.partition("=")[0]
            extended = {"listeners": more, "advertised.listeners": more}
            extended["listener.security.protocol.map"] = protocols
            lines.append(f"{line},{extended[name]}" if name in extended else line)
        lines += [
            "listener.name.sasl.sasl.enabled.mechanisms=PLAIN",
            f'listener.name.sasl.plain.sasl.jaas.config={plain} required user_{USER}="{PASSWORD}";',
            "listener.name.both.sasl.enabled.mechanisms=SCRAM-SHA-512",
            f"listener.name.both.scram-sha-512.sasl.jaas.config={scram} required;",
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={self._signed.both}",
        ]
        (self.folder / filename).write_text("\n".join(lines) + "\n")

    async def add_user(self) -> None:
        """Let the user in by SCRAM."""
        jars = await JarCache().provide(lambda _: None)
        words = (
            f"--bootstrap-server {self.address} --alter --entity-type users --entity-name {USER}"
        )
        process = await asyncio.create_subprocess_exec(
            str(find_java()),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            f"{jars}/*",
            "kafka.admin.ConfigCommand",
            *words.split(),
            "--add-config",
            f"SCRAM-SHA-512=[password={PASSWORD}]",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == 0


class SecuredValkey(ValkeyServer):
    """A Valkey that lets one user in, by password."""

    @property
    def url(self) -> str:
        return f"redis://{USER}:{PASSWORD}@{self.address}/0"

    async def prepare(self) -> list[str]:
        user = f"{USER} on >{PASSWORD} ~* &* +@all"
        return [*await super().prepare(), "--user", *user.split(), "--user", "default", "off"]

    async def answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(HOST, self.ports["valkey"])
        except OSError:
            return False
        writer.write(b"PING\r\n")
        answer = await reader.readline()
        writer.close()
        return answer.startswith(b"-NOAUTH")


@asynccontextmanager
async def behind_tls(address: str, signed: Certificate) -> AsyncIterator[int]:
    """Give the port at which a server can be reached over TLS: the wheel's Valkey has none."""
    at = urlsplit(f"//{address}")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(signed.both)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(at.hostname, at.port)
        try:
            await asyncio.wait(
                [
                    asyncio.create_task(_pump(reader, back)),
                    asyncio.create_task(_pump(there, writer)),
                ]
            )
        finally:
            back.close()
            writer.close()

    async with await asyncio.start_server(forward, HOST, 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65_536):
        writer.write(some)
        await writer.drain()
    writer.close()


HAS_OPENSSL = shutil.which("openssl") is not None

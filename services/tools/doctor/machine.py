"""What this machine must have: Python, Java, jars, room on the disk, and files."""

import platform
import shutil
import sys
from pathlib import Path
from typing import Final

from schemas.policy import PolicyError, load_default_policy, load_policy
from services.platform.settings import Settings
from services.tools.demo.cdnow import OrdersMissingError, find_orders
from services.tools.doctor.finding import Finding, note, ok, wrong
from services.tools.local_stack.errors import JavaMissingError, ValkeyMissingError
from services.tools.local_stack.jars import JarCache
from services.tools.local_stack.kafka import find_java
from services.tools.local_stack.valkey import find_valkey

OLDEST_PYTHON: Final = (3, 11)
GIB: Final = 1 << 30
ROOM_NEEDED: Final = GIB


def look_at_python() -> Finding:
    """Python 3.11 or newer."""
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return wrong("Python", f"{version} is too old: 3.11 or newer is needed")
    return ok("Python", version)


def look_at_java() -> Finding:
    """A Java that can run Kafka."""
    try:
        return ok("Java", str(find_java()))
    except JavaMissingError as error:
        return wrong("Java", str(error))


def look_at_jars(cache: JarCache) -> Finding:
    """Kafka's jars."""
    if cache.is_complete:
        return ok("Kafka's jars", f"{cache.version}, in {cache.folder}")
    return note(
        "Kafka's jars", f"{cache.version} is fetched at the first start, into {cache.folder}"
    )


def look_at_valkey() -> Finding:
    """A Valkey for the local stack."""
    try:
        return ok("Valkey", str(find_valkey()))
    except ValkeyMissingError as error:
        return wrong("Valkey", str(error))


def look_at_policy(settings: Settings) -> Finding:
    """The policy of the settings, or the one that ships with the package."""
    try:
        policy = load_policy(settings.policy) if settings.policy else load_default_policy()
    except PolicyError as error:
        return wrong("policy", str(error))
    rates = f", with rates of {', '.join(policy.rates)}" if policy.rates else ""
    said = f"{settings.policy or 'the default'}, version {policy.version}, in {policy.currency}"
    return ok("policy", said + rates)


def look_at_demo() -> Finding:
    """The demo's orders."""
    try:
        return ok("demo's orders", str(find_orders()))
    except OrdersMissingError as error:
        return note("demo's orders", str(error))


def look_at_disk(data_dir: Path) -> Finding:
    """Room where the data folder is, or will be."""
    nearest = next(path for path in (data_dir, *data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    said = f"{free / GIB:.1f} GiB free for {data_dir}"
    if free < ROOM_NEEDED:
        return wrong("disk", f"{said}: {ROOM_NEEDED / GIB:.0f} GiB should be")
    return ok("disk", said)

"""Checks this machine: Python, Java, Kafka's jars, Valkey, the policy, the demo and the disk."""

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
from topology import IS_COMPILED

OLDEST_PYTHON: Final = (3, 11)
GIB: Final = 1 << 30
ROOM_NEEDED: Final = GIB


def check_python() -> Finding:
    """Check for Python 3.11 or newer."""
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return wrong("Python", f"{version} is too old: 3.11 or newer is needed")
    return ok("Python", version)


def check_form() -> Finding:
    """Say whether the domain runs compiled."""
    if IS_COMPILED:
        return ok("Domain", "compiled")
    return note("Domain", "not compiled, so a worker is slower: make setup compiles with a gcc")


def check_java() -> Finding:
    """Check for a Java that can run Kafka."""
    try:
        return ok("Java", str(find_java()))
    except JavaMissingError as error:
        return wrong("Java", str(error))


def check_jars(cache: JarCache) -> Finding:
    """Check for Kafka's jars."""
    if cache.is_complete:
        return ok("Kafka's jars", f"{cache.version}, in {cache.folder}")
    return note("Kafka's jars", f"the first start downloads {cache.version} into {cache.folder}")


def check_valkey() -> Finding:
    """Check for a Valkey for the local stack."""
    try:
        return ok("Valkey", str(find_valkey()))
    except ValkeyMissingError as error:
        return wrong("Valkey", str(error))


def check_policy(settings: Settings) -> Finding:
    """Check the policy of the settings, or the default."""
    try:
        policy = load_policy(settings.policy) if settings.policy else load_default_policy()
    except PolicyError as error:
        return wrong("policy", str(error))
    rates = f", with rates of {', '.join(policy.rates)}" if policy.rates else ""
    message = f"{settings.policy or 'the default'}, version {policy.version}, in {policy.currency}"
    return ok("policy", message + rates)


def check_demo() -> Finding:
    """Check for the demo's orders."""
    try:
        return ok("demo's orders", str(find_orders()))
    except OrdersMissingError as error:
        return note("demo's orders", str(error))


def check_disk(data_dir: Path) -> Finding:
    """Check the disk that holds, or will hold, the data folder."""
    nearest = next(path for path in (data_dir, *data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    message = f"{free / GIB:.1f} GiB free for {data_dir}"
    if free < ROOM_NEEDED:
        return wrong("disk", f"{message}: it should be {ROOM_NEEDED / GIB:.0f} GiB or more")
    return ok("disk", message)

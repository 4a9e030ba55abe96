"""The compose file as its defaults make it, and the secrets that it mounts."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.containerfile import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


def compose_file() -> dict[str, Any]:
    """The file, with the defaults of what it takes from the environment."""
    loaded: dict[str, Any] = yaml.safe_load(DEFAULT.sub(r"\1", COMPOSE.read_text()))
    return loaded


def make_secrets(folder: Path) -> Path:
    """Run the script that makes the secrets in a folder; return where they are."""
    script = shutil.copy(DEPLOY / "secrets.sh", folder)
    subprocess.run([script], check=True, timeout=30)
    return folder / "secrets"

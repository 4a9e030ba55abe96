"""The default policy in the currency of what is performed, in a file of the demo's own."""

from importlib.resources import files
from pathlib import Path

import yaml

FILE_NAME = "policy.yaml"


def write_policy(folder: Path, currency: str) -> Path:
    """Write the default policy with another currency, and nothing else changed; return where."""
    text = files("schemas.policy").joinpath("default.yaml").read_text("utf-8")
    policy = yaml.safe_load(text) | {"currency": currency}
    file = folder / FILE_NAME
    file.write_text(yaml.safe_dump(policy, sort_keys=False, allow_unicode=True), "utf-8")
    return file

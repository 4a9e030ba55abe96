"""The image's bill of materials names all that is in it.

Its tool comes from a package index, so it is left out unless asked for: `make image` does it.
"""

import json
import subprocess
from pathlib import Path

import pytest

from tests.deploy.containerfile import ROOT
from tests.deploy.test_containerfile import pins

pytestmark = [pytest.mark.image]


def test_the_bill_of_materials_names_every_locked_package_and_nothing_of_this_machine(
    tmp_path: Path,
) -> None:
    file = tmp_path / "sbom.json"
    subprocess.run([ROOT / "deploy" / "image" / "sbom.sh", file], cwd=ROOT, check=True)
    bill = json.loads(file.read_text())
    named = {one["name"]: one for one in bill["components"]}

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "stammkunde"
    locked = pins("deploy/image/requirements.lock")
    assert {name: one["version"] for name, one in named.items()} == locked
    for one in named.values():
        [there] = one["externalReferences"]
        assert there["hashes"], one["name"]
        assert there["url"].startswith("https://pypi.org/simple/")
    assert str(ROOT) not in file.read_text()

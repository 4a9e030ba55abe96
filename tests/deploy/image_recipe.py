"""What the image is made by: `python -m tests.deploy.image_recipe` notes that its steps were tried.

`make image` does so at its end. The steps take two minutes of a processor, so they are tried again
only when they change; `test_image_tried` holds that.
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TRIED: Final = ROOT / "deploy" / "image" / "tried"
"""The digest of the recipe whose steps were done last."""
RECIPE: Final = (
    "deploy/image/*",
    "pyproject.toml",
    "hatch_build.py",
    "native/*.py",
    ".dockerignore",
    "tests/deploy/test_image_steps.py",
    "tests/deploy/test_sbom.py",
)


def digest() -> str:
    """The digest of all files of the recipe, with their names."""
    files = sorted({file for pattern in RECIPE for file in ROOT.glob(pattern)} - {TRIED})
    whole = sha256()
    for file in files:
        whole.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes() + b"\n")
    return whole.hexdigest()


if __name__ == "__main__":
    TRIED.write_text(f"{digest()}\n", encoding="utf-8")

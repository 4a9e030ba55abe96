"""The steps of the image were done since they changed last."""

from tests.deploy.image_recipe import TRIED, digest


def test_the_steps_were_tried() -> None:
    """If not: `make image` does them, and notes it in a file to be committed."""
    assert TRIED.read_text(encoding="utf-8").strip() == digest(), "run `make image`"

"""A published policy says the same when it is read as when it was published."""

from pathlib import Path

import pytest

from schemas.policy import PolicyError, load_default_policy
from schemas.policy.load import PolicySource, load_default_source, load_source, parse_source
from schemas.policy_publication import PolicyPublication
from tests.schemas.examples import PATHS
from tests.schemas.policies import SMALL

EXAMPLES = [path for name, path in PATHS.items() if name.startswith("retention.policies.v1/")]
RATES = "currency,from,rate\nCHF,2026-01-01,1.07\n"
WITH_RATES = f"{SMALL}exchange: [{{file: rates.csv}}]\n"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_text_of_an_example_is_the_version_that_it_names(path: Path) -> None:
    """Also of one with a file of rates."""
    found = PolicyPublication.model_validate_json(path.read_bytes())
    assert parse_source(PolicySource(found.text, found.files), "it").version == found.version


def test_a_source_has_the_files_that_the_policy_names(tmp_path: Path) -> None:
    """Whoever reads the publication has no folder to look into."""
    (tmp_path / "rates.csv").write_text(RATES)
    (tmp_path / "shop.yaml").write_text(WITH_RATES)
    policy, source = load_source(tmp_path / "shop.yaml")
    assert source == PolicySource(WITH_RATES, {"rates.csv": RATES})
    assert parse_source(source, "it").version == policy.version
    changed = source._replace(files={"rates.csv": RATES.replace("1.07", "1.08")})
    assert parse_source(changed, "it").version != policy.version


def test_a_file_that_was_not_published_is_named() -> None:
    """The publication is broken then."""
    with pytest.raises(PolicyError, match=r"it, line \d+: .*rates\.csv.*not published"):
        parse_source(PolicySource(WITH_RATES, {}), "it")


def test_the_default_policy_can_be_published_again() -> None:
    """For a way back to it."""
    assert parse_source(load_default_source(), "it").version == load_default_policy().version

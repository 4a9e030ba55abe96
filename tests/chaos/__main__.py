"""The long form: `python -m tests.chaos --seed N --faults 200`."""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from pathlib import Path

from tests.chaos.campaign import campaign
from tests.chaos.cdnow import replay
from tests.chaos.consent import policy_of
from tests.chaos.report import summary_of
from tests.chaos.schedule import schedule
from tests.chaos.synthetic import synthetic
from tests.chaos.world import PARTITIONS


def main() -> int:
    """Run both loads, each with its share of the faults. Status 1 if anything differs."""
    asked = _asked()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that the broker is away is no news
    print(f"seed {asked.seed}", flush=True)
    folder = Path(asked.folder or tempfile.mkdtemp(prefix="stammkunde-chaos-"))
    well = True
    for name, faults in (("synthetic", asked.faults * 3 // 4), ("replay", asked.faults // 4)):
        if asked.load in (name, "both"):
            share = asked.faults if asked.load == name else faults
            well &= _run(name, asked.seed, share, asked.customers, folder / name)
    print(f"logs are in {folder}")
    return 0 if well else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--customers", type=int, default=2000, help="of the synthetic load")
    parser.add_argument("--load", choices=["synthetic", "replay", "both"], default="both")
    parser.add_argument("--folder", help="where data and logs go (default: a new one)")
    return parser.parse_args()


def _run(name: str, seed: int, faults: int, customers: int, folder: Path) -> bool:
    if name == "replay":
        rounds = schedule(seed + 1, faults)  # other faults than the synthetic load meets
        load = replay(len(rounds))
    else:
        rounds = schedule(seed, faults)
        load = synthetic(seed, len(rounds), customers, PARTITIONS, policy_of(seed))
    print(f"{load.name}: {sum(1 for _ in load.sent)} records in {len(rounds)} rounds", flush=True)
    folder.mkdir(parents=True)
    survived = asyncio.run(campaign(folder, load, rounds, _report))
    print(summary_of(load, survived, seed), flush=True)
    return survived.well


def _report(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

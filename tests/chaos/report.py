"""How a run went, in a few lines."""

from tests.chaos.campaign import Survived
from tests.chaos.load import Load


def summary_of(load: Load, survived: Survived, seed: int) -> str:
    """The outcome of a run: each difference from the oracle in a line."""
    total = survived.kinds.total()
    kinds = ", ".join(f"{times}x {kind}" for kind, times in survived.kinds.most_common())
    verdict = "NOT survived" if survived.differences else "survived"
    summary = (
        f"{verdict} {total} faults: {kinds}; {survived.sent} records in {survived.seconds:.0f} s, "
        f"{survived.answers} of them answers to triggers, {len(load.erased)} people were erased, "
        f"{survived.half_done} changed rows were in transactions that a fault ended, "
        f"the longest wait for a commit was {survived.longest_wait_s:.0f} s; seed {seed}"
    )
    troubles = [f"trouble: {each}" for each in survived.troubles]
    return "\n".join([summary, *survived.differences, *troubles])

"""Rows keep their currency: a worker whose policy has another one ends before it counts wrong."""

from topology.batching.errors import BatchingError
from topology.domain.history.record import replace
from topology.domain.history.state import State


class CurrencyError(BatchingError):
    """There are rows in another currency than the policy's: the worker ends."""

    def __init__(self, rows: str, policy: str) -> None:
        super().__init__(
            f"the rows of this table are in {rows}, and the policy says currency: {policy}. "
            f"Set currency: {rows} again; or begin with an empty table under another "
            f"STAMMKUNDE_APP_ID and replay the events, to count all of them in {policy}"
        )


def in_currency(row: State, policy: str) -> State:
    """The row, which says that it is in the policy's currency: one of before version 5 says none.

    Raises:
        CurrencyError: it is in another one.
    """
    if not row.currency:
        return replace(row, currency=policy)
    if row.currency != policy:
        raise CurrencyError(row.currency, policy)
    return row

"""The clock of a replay."""

from schemas.contract import Contract, UtcDatetime


class ClockTick(Contract):
    """With the setting `clock=topic` the worker's time is `now` of the latest tick.

    A tick that is more than a day ahead of the machine's time is a dead letter.
    """

    now: UtcDatetime

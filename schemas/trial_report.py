"""The report of a trial: what programs get as JSON. Amounts are in minor units of the currency."""

from typing import Literal

from pydantic import Field

from schemas.contract import Contract, UtcDatetime
from schemas.dimensions import Dimension


class PolicyOfTrial(Contract):
    """One of the two policies."""

    file: str
    version: str


class HistoryOfTrial(Contract):
    """The records that both policies have decided over."""

    begins_at: UtcDatetime = Field(
        description="The first thing that is known: when it happened if the history is complete, "
        "else when the oldest record arrived that Kafka still has."
    )
    is_complete: bool = Field(description="True if Kafka has every record since the first one.")
    covered_days: int
    needed_days: int = Field(description="The longest window or delay of either policy.")
    customers: int
    incomplete_customers: int = Field(
        description="Customers whose scores may lack orders from before the history."
    )
    records: int
    refused: int = Field(description="Records that the old policy's decoder refuses.")
    refused_by_new: int


class Migration(Contract):
    """How many customers stand here under the old policy, and there under the new one."""

    from_value: str = Field(alias="from")
    to_value: str = Field(alias="to")
    customers: int
    revenue: int = Field(description="Of these customers, in the old policy's window.")


class MigrationMatrix(Contract):
    """Where all customers stand at the end, in one dimension."""

    dimension: Dimension
    moves: tuple[Migration, ...] = Field(description="By the old policy's order; no empty ones.")


class Differences(Contract):
    """How triggers of the two policies compare. Each is counted in exactly one of the fields.

    A trigger of one policy is paired with that of the other for the same customer and rule: first
    at the same instant, then in order of time.
    """

    same: int = 0
    other_action: int = Field(default=0, description="At the same instant, with another action.")
    moved: int = Field(default=0, description="At another instant.")
    only_old: int = 0
    only_new: int = 0

    @property
    def old(self) -> int:
        """All triggers of the old policy."""
        return self.same + self.other_action + self.moved + self.only_old

    @property
    def new(self) -> int:
        """All triggers of the new policy."""
        return self.same + self.other_action + self.moved + self.only_new


class NamedDifferences(Differences):
    """The differences of one rule, week or segment."""

    name: str = Field(description="The rule, the first day of the week, or the segment.")


class HeldDifference(Contract):
    """How often a rule was held for one reason."""

    rule: str = Field(description="Empty if the row no longer had it.")
    reason: str
    old: int
    new: int


class BusiestHour(Contract):
    """The hour with the most triggers to be sent."""

    hour: UtcDatetime
    triggers: int


class People(Contract):
    """How many customers get triggers."""

    touched_by_old: int
    touched_by_new: int
    touched_more: int = Field(description="Customers who get more triggers under the new policy.")
    touched_less: int
    most_by_old: int = Field(description="The most triggers of one customer.")
    most_by_new: int


class Costs(Contract):
    """What the offers would cost, by the `cost` of their actions."""

    old: int
    new: int


class AheadDifference(Contract):
    """What falls due within thirty days after the end, by the clock alone."""

    rule: str
    old: int
    new: int


class AdoptionDifference(Contract):
    """What the switch to the new policy sets off of one rule."""

    rule: str
    held: int = Field(description="With `adoption: hold`.")
    sent: int = Field(description="With `adoption: fire`.")


class Adoption(Contract):
    """What the switch itself sets off at the end, though no customer has done anything.

    A row whose history still comes in is not among them: it adopts the policy when it has settled.
    """

    setting: Literal["hold", "fire"] = Field(description="What the new policy says.")
    held: int = Field(description="All that `adoption: hold` would hold.")
    sent: int = Field(description="All that `adoption: fire` would send.")
    by_rule: tuple[AdoptionDifference, ...]
    busiest_hour: BusiestHour | None = Field(
        default=None, description="Of what `adoption: fire` would send; None if that is nothing."
    )


ExampleKind = Literal["only_old", "only_new", "moved", "other_action"]


class Example(Contract):
    """One trigger that differs, with the reasons of both policies."""

    kind: ExampleKind
    customer_id: str
    rule: str
    old_at: UtcDatetime | None = None
    new_at: UtcDatetime | None = None
    old_action: str | None = None
    new_action: str | None = None
    old_because: str
    new_because: str


class Proof(Contract):
    """Whether the old policy's triggers in the trial are those that were really sent."""

    holds: bool | None = Field(description="None: there is nothing that it could be compared with.")
    compared: int = Field(description="Triggers that were compared, by their ids.")
    only_in_trial: tuple[str, ...] = Field(default=(), description="Ids, at most a hundred.")
    only_sent: tuple[str, ...] = Field(default=(), description="Likewise.")
    sentence: str


class TrialReport(Contract):
    """The answer to `stammkunde policy try`."""

    trial: Literal[1] = 1
    old: PolicyOfTrial
    new: PolicyOfTrial
    currency: str
    since: UtcDatetime = Field(description="Triggers after this are compared.")
    until: UtcDatetime
    history: HistoryOfTrial
    migrations: tuple[MigrationMatrix, ...]
    triggers: Differences
    by_rule: tuple[NamedDifferences, ...]
    by_week: tuple[NamedDifferences, ...]
    by_segment: tuple[NamedDifferences, ...]
    held: tuple[HeldDifference, ...]
    busiest_hour_of_old: BusiestHour | None = None
    busiest_hour_of_new: BusiestHour | None = None
    people: People
    costs: Costs | None = Field(default=None, description="None if neither policy names a cost.")
    ahead: tuple[AheadDifference, ...]
    ahead_costs: Costs | None = None
    adoption: Adoption
    examples: tuple[Example, ...] = Field(description="Up to twenty of each kind.")
    unknown: tuple[str, ...] = Field(description="What the trial can't know, in sentences.")
    proof: Proof

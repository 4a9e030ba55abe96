"""The names of the keys in Redis, and what each holds."""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote

from topology.domain.history.state import ROW_VERSION

SCHEMA_VERSION: Final = 4
"""Raise it whenever the read model changes shape: the projector then builds a new one from Kafka.

A new version of the row does the same: the projector left out rows of a version it did not know.
"""


def quoted(name: str) -> str:
    """Return the name of a rule or customer without spaces, as references and keys have it."""
    return quote(name, safe="")


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of all keys of one application. All hash to one slot of a Redis cluster."""

    family: str
    prefix: str

    @classmethod
    def of(cls, app_id: str) -> Self:
        """The keys of the application `app_id`, in the present version of the read model."""
        family = f"stammkunde:{{{app_id}}}:"
        return cls(family, f"{family}{SCHEMA_VERSION}.{ROW_VERSION}:")

    @property
    def on_disk(self) -> str:
        """String: how often something was removed that Redis' files may still hold.

        It is no part of the read model: it outlives that, as the files do.
        """
        return "disk-of-" + self.family

    @property
    def trials(self) -> str:
        """Sorted set: the ids of the kept trials, by when they were asked for.

        No projector can build trials again, so these keys are no part of the read model.
        """
        return "trials-of-" + self.family

    def trial(self, trial_id: str) -> str:
        """String that expires: a trial's run, JSON."""
        return f"trial-of-{self.family}{trial_id}"

    def trial_report(self, trial_id: str) -> str:
        """String that expires: a trial's report, JSON."""
        return f"trial-report-of-{self.family}{trial_id}"

    def trial_cancelled(self, trial_id: str) -> str:
        """String that expires: it exists if somebody has cancelled the trial."""
        return f"trial-cancelled-of-{self.family}{trial_id}"

    @property
    def trial_running(self) -> str:
        """String that expires: the id of the trial that runs."""
        return "trial-running-of-" + self.family

    @property
    def owner(self) -> str:
        """String that expires: the token of the projector that may write."""
        return self.prefix + "owner"

    @property
    def topics(self) -> str:
        """Hash: role (rows, transitions, …) to the id of the topic it was built from."""
        return self.prefix + "topics"

    @property
    def offsets(self) -> str:
        """Hash: `role:partition` to the offset of the next record to apply."""
        return self.prefix + "offsets"

    @property
    def skipped(self) -> str:
        """Hash: `role:partition` to the number of records that could not be read."""
        return self.prefix + "skipped"

    @property
    def built(self) -> str:
        """String: how many partitions the rows have.

        It exists once the read model has caught up with Kafka for the first time.
        """
        return self.prefix + "built"

    @property
    def followed(self) -> str:
        """String: when the read model last had all that Kafka had, in milliseconds."""
        return self.prefix + "followed"

    @property
    def alive(self) -> str:
        """String that expires: the projector's latest report, JSON (see `projector_status`)."""
        return self.prefix + "alive"

    @property
    def clocks(self) -> str:
        """Hash: partition to its clock, microseconds."""
        return self.prefix + "clocks"

    @property
    def rows(self) -> str:
        """Hash: profile to its stored row (see `rows`), or to where the name has gone."""
        return self.prefix + "rows"

    @property
    def erased(self) -> str:
        """Hash: erasure tombstone to the instant up to which its name was erased, microseconds."""
        return self.prefix + "erased"

    @property
    def places(self) -> str:
        """Hash: profile to the groups that the customer is in, one a line."""
        return self.prefix + "places"

    @property
    def everyone(self) -> str:
        """Sorted set of the profiles of all customers, all with score 0."""
        return self.prefix + "everyone"

    @property
    def groups(self) -> str:
        """Set of all groups that somebody is in, such as `segment=at_risk`."""
        return self.prefix + "groups"

    @property
    def group_prefix(self) -> str:
        """The beginning of the groups' keys."""
        return self.prefix + "group:"

    def group(self, group: str) -> str:
        """Sorted set of the profiles of the customers in a group, all with score 0."""
        return self.group_prefix + group

    @property
    def transitions_prefix(self) -> str:
        """The beginning of the keys of customers' transitions."""
        return self.prefix + "transitions:"

    def transitions(self, customer_id: str) -> str:
        """Sorted set by offset: one customer's transitions, JSON."""
        return self.transitions_prefix + customer_id

    def transition_log(self, partition: int) -> str:
        """Sorted set by offset: `offset append-time customer-id` of a partition's transitions."""
        return f"{self.prefix}transition-log:{partition}"

    def rules(self, partition: int) -> str:
        """Set of the rules, quoted, that a partition's triggers name."""
        return f"{self.prefix}rules:{partition}"

    def trigger_log(self, partition: int) -> str:
        """Sorted set by offset: the references to a partition's triggers (see `trigger_log`)."""
        return f"{self.prefix}triggers:{partition}"

    def triggers_of_rule(self, partition: int, rule: str) -> str:
        """Sorted set by offset: the references to a rule's triggers in a partition."""
        return f"{self.rule_prefix(partition)}{quoted(rule)}"

    def rule_prefix(self, partition: int) -> str:
        """The beginning of the keys of rules' triggers."""
        return f"{self.prefix}rule:{partition}:"

    def triggers_of_customer(self, partition: int, customer_id: str) -> str:
        """Sorted set by offset: the references to a customer's triggers in a partition."""
        return f"{self.customer_prefix(partition)}{customer_id}"

    def customer_prefix(self, partition: int) -> str:
        """The beginning of the keys of customers' triggers."""
        return f"{self.prefix}customer:{partition}:"

    def trigger_bodies(self, partition: int) -> str:
        """Hash: offset to the trigger, JSON."""
        return f"{self.prefix}trigger-bodies:{partition}"

    def held_log(self, partition: int) -> str:
        """Sorted set by text: the places of a partition's held triggers (see `held_index`)."""
        return f"{self.prefix}held:{partition}"

    def held_entries(self, partition: int) -> str:
        """Hash: trigger id to the entry of a held trigger."""
        return f"{self.prefix}held-entries:{partition}"

    def held_groups(self, partition: int) -> str:
        """Set of the groups, `rule reason status`, that a partition's held triggers are in."""
        return f"{self.prefix}held-groups:{partition}"

    def held_group_prefix(self, partition: int) -> str:
        """The beginning of the keys of these groups."""
        return f"{self.prefix}held-group:{partition}:"

    def held_group(self, partition: int, group: str) -> str:
        """Sorted set by text: the places of the held triggers of a group."""
        return self.held_group_prefix(partition) + group

    def held_customer_prefix(self, partition: int) -> str:
        """The beginning of the keys of customers' held triggers."""
        return f"{self.prefix}held-customer:{partition}:"

    def held_of_customer(self, partition: int, customer_id: str) -> str:
        """Set of the trigger ids of a customer's held triggers in a partition."""
        return self.held_customer_prefix(partition) + quoted(customer_id)

    @property
    def trigger_channel(self) -> str:
        """Pub/sub channel: one message for each batch of new triggers."""
        return self.prefix + "new-triggers"

    @property
    def change_channel(self) -> str:
        """Pub/sub channel: names whose row, transitions or triggers changed (see `pack_ids`)."""
        return self.prefix + "changes"

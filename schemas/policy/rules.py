"""Rules: when a trigger is raised, and which action follows."""

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from schemas.names import Name
from schemas.policy.conditions import Conditions
from schemas.policy.duration import Duration
from schemas.policy.occasions.when import KINDS, When
from schemas.policy.part import Fault, Number, PolicyPart, refuse
from schemas.policy.reason import check_template, fields_of
from schemas.trigger import Action


class PolicyAction(Action):
    """An action as the policy writes it: strict about names and text, where messages are not."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=False)

    cost: Annotated[
        Number | None,
        Field(
            exclude=True,  # It decides nothing: no trigger has it, and no version is another.
            description="What one such action costs, in the policy's currency. It decides nothing: "
            "`stammkunde policy try` adds it up.",
        ),
    ] = None


class RuleCase(PolicyPart):
    """One way in which a rule fires, and the action that follows."""

    when: When
    provided: Conditions = Conditions()
    action: PolicyAction
    reason: Annotated[str, AfterValidator(check_template)]

    @model_validator(mode="after")
    def _reason_has_its_rating(self) -> Self:
        if "rating" in fields_of(self.reason) and not self.when.has_rating:
            kinds = " or ".join(name for name, kind in KINDS.items() if kind.has_rating)
            problem = f"there is a {{rating}} only when {kinds}"
            refuse([Fault(("reason",), problem)])
        return self


class Rule(PolicyPart):
    """A retention rule. At most one trigger of it per customer within `cooldown`."""

    name: Name
    promotional: Annotated[bool, Field(strict=True)]
    cooldown: Duration
    expires_after: Duration
    cases: Annotated[tuple[RuleCase, ...], Field(min_length=1)]

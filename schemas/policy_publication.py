"""A published policy: a record of `retention.policies.v1`. Together they are its history."""

from typing import Annotated, Final

from pydantic import Field

from schemas.contract import Contract, UtcDatetime

LONGEST_NOTE: Final = 500
"""Characters of a note, and of a trial's id, at most."""


class PolicyPublication(Contract):
    """One publication. It replaces the others from its `in_force_from` on."""

    revision: Annotated[
        int,
        Field(ge=1, description="Counts all publications; also the record's key. 1 is the first."),
    ]
    version: Annotated[
        str,
        Field(
            pattern="^[0-9a-f]{12}$",
            description="Of the policy. Two publications have the same one if an older policy was "
            "published again.",
            examples=["d56c8c8b3d8e"],
        ),
    ]
    replaces: Annotated[
        str,
        Field(
            pattern="^[0-9a-f]{12}$",
            description="The version that was published before, or that of the default policy.",
        ),
    ]
    published_at: UtcDatetime
    in_force_from: Annotated[
        UtcDatetime,
        Field(
            description="The instant of the clock at which every partition goes on under this "
            "policy. A later publication whose instant comes first replaces this one before that."
        ),
    ]
    published_by: str | None = Field(
        default=None, description="Who, as they call themselves: by default the system's user."
    )
    note: str | None = Field(default=None, max_length=LONGEST_NOTE)
    trial_id: str | None = Field(
        default=None,
        max_length=LONGEST_NOTE,
        description="The trial that was looked at before.",
        examples=["trial-7f3a"],
    )
    text: Annotated[str, Field(description="The policy's file, YAML.")]
    files: dict[str, str] = Field(
        default_factory=dict,
        description="The files of exchange rates that the policy names, by the names in it.",
    )

"""The audit trail: who did what, when, from where, and the outcome. It names no customer."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from schemas.contract import Contract, UtcDatetime

CLI: Final = "cli"
"""The actor of the commands."""
ANYBODY: Final = "anybody"
"""The actor while there is no key: then only the API's own machine can reach it."""


class AuditedAction(StrEnum):
    """An action that is recorded."""

    ERASE = "customer.erase"
    SUPPRESS = "customer.suppress"
    UNSUPPRESS = "customer.unsuppress"
    EXPORT = "customer.export"
    REQUEST_EXPORT = "customer.export-request"
    """Somebody asked a connected shop for their data."""
    CREATE_KEY = "key.create"
    REVOKE_KEY = "key.revoke"
    CREATE_WEBHOOK = "webhook.create"
    CHANGE_WEBHOOK = "webhook.change"
    ROTATE_WEBHOOK = "webhook.rotate-secret"
    DELETE_WEBHOOK = "webhook.delete"
    RESEND_WEBHOOK = "webhook.resend"
    RETRY_DEAD_LETTERS = "dead-letters.retry"
    RELEASE_HELD = "held.release"
    DISMISS_HELD = "held.dismiss"
    ADD_SOURCE = "source.add"
    ROTATE_SOURCE = "source.rotate-secret"
    REMOVE_SOURCE = "source.remove"
    ERASE_SHOP = "source.erase-customers"
    """A connected shop asks that all its customers are erased."""
    USE_POLICY = "policy.use"
    PUBLISH_POLICY = "policy.publish"
    TRY_POLICY = "policy.try"
    CANCEL_TRIAL = "policy.cancel-trial"


class AuditOutcome(StrEnum):
    """The outcome of an action. The latest record with the same `audit_id` counts."""

    REQUESTED = "requested"
    """It begins now. Without a later record its outcome is unknown."""
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    """The actor may not do it."""


class AuditRecord(Contract):
    """A record of `access.audit.v1`."""

    audit_id: str = Field(
        description="The same for all records of one action.",
        examples=["aud_5c1e0f7a92b34d6e8f10"],
    )
    at: UtcDatetime
    actor: str = Field(
        description="Who: the id of a key; `cli` for the command; `api` or `worker` for a role; "
        "kind and name of a connected shop; "
        "`anybody` as long as no key has been created.",
        examples=["3f9a1c2b7d"],
    )
    user: str | None = Field(
        default=None, description="With `cli`: the user of the operating system."
    )
    origin: str | None = Field(
        description="From where: the address of the peer, or the machine of a command or role. "
        "Null if it is not known.",
        examples=["203.0.113.7"],
    )
    action: AuditedAction
    profile: str | None = Field(
        default=None,
        description="About whom, if the action is about a customer: a keyed hash of the name that "
        "was used, the same as in `marks` of an erasure. Null if there is no salt.",
    )
    target: str | None = Field(
        default=None,
        description="What it is about otherwise: the id of a key, a subscription or an erasure, "
        "the kind and name of a connected shop, or the file and version of a policy.",
        examples=["sub_4f1c8e2a9b7d6035"],
    )
    outcome: AuditOutcome
    status: int | None = Field(
        default=None, description="The HTTP status that was answered, if one was."
    )

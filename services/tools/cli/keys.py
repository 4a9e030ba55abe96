"""`stammkunde keys`."""

from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from schemas.audit import AuditedAction
    from services.platform.access.key import Key
    from services.platform.access.keyring import Keyring
    from services.platform.access.rate_limit import Rate

T = TypeVar("T")

KINDS = ("write", "read", "admin")
SCOPES = ("ingest", "unsuppress", "state", "triggers", "metrics", "dead-letters", "admin")
LONGEST_NAME = 100
BURST_S = 2.0
"""The burst of a key with its own rate: the requests of so many seconds."""


@click.group()
def keys() -> None:
    """Create, list and revoke keys of the API.

    Until the first key is created, the API is open to programs on its own machine, and listens
    nowhere else. Kafka stores the keys, hashed. A change takes effect in every process within a
    second.
    """


@keys.command()
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    required=True,
    help="write: may send events. read: may read state, triggers and metrics. admin: may do "
    "everything.",
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    help="Restrict the key to this scope of its kind. Repeat it for several. A write key may take "
    "customers off the suppression list only with both `ingest` and `unsuppress`.",
)
@click.option("--name", default="", help="Who uses the key, for the list.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True, max=500_000),
    help="The requests per second to one API process; the burst is that of two seconds. By "
    "default STAMMKUNDE_KEY_RATE and STAMMKUNDE_KEY_BURST.",
)
@click.option(
    "--event-rate",
    type=click.FloatRange(min=0, min_open=True, max=1e9),
    help="The events per second, likewise. By default STAMMKUNDE_KEY_EVENT_RATE and _BURST.",
)
@click.option(
    "--byte-rate",
    type=click.FloatRange(min=0, min_open=True, max=1e11),
    help="The bytes of bodies per second, likewise. By default STAMMKUNDE_KEY_BYTE_RATE and "
    "_BURST.",
)
def create(
    kind: str, scopes: tuple[str, ...], name: str, rate: float | None, **rates: float | None
) -> None:
    """Create a key, and print it. It is never shown again."""
    from datetime import UTC, datetime
    from secrets import token_bytes

    from schemas.audit import AuditedAction
    from services.platform.access.key import new_key
    from services.platform.access.scope import SCOPES_OF, KeyKind, Scope, usual_scopes

    possible = frozenset(SCOPES_OF[KeyKind(kind)])
    chosen = frozenset(map(Scope, scopes)) or usual_scopes(KeyKind(kind))
    if not chosen <= possible:
        message = f"a {kind} key may have {_in_words(possible)}"
        raise click.BadParameter(message, param_hint="--scope")
    if not name.isprintable() or len(name) > LONGEST_NAME:
        message = f"write at most {LONGEST_NAME} characters, all of them printable"
        raise click.BadParameter(message, param_hint="--name")
    key, secret = new_key(
        KeyKind(kind),
        chosen,
        name=name,
        rate=_rate(rate),
        now=datetime.now(UTC),
        random_bytes=token_bytes,
    )
    key = key.model_copy(update={name: _rate(per_second) for name, per_second in rates.items()})

    async def add(keyring: "Keyring") -> bool:
        await keyring.add(key)
        return True

    if _with_keyring(add, (AuditedAction.CREATE_KEY, key.id)):
        click.echo(f"Created the {kind} key {key.id} ({_in_words(key.scopes)}).", err=True)
        click.echo("This is shown only once:", err=True)
        click.echo(secret.get_secret_value())


@keys.command(name="list")
def list_() -> None:
    """List every key, also revoked ones, without their secrets."""

    async def read_all(keyring: "Keyring") -> "list[Key]":
        return list(keyring.all())

    found = _with_keyring(read_all)
    if found == []:
        click.echo("There is no key yet. `stammkunde keys create` creates the first one.", err=True)
    for key in found or ():
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "live"
        rate = f"{key.rate.per_second:g}/s" if key.rate else ""
        line = (
            f"{key.id}  {key.kind:5}  {_in_words(key.scopes):24}  {key.created_at:%Y-%m-%d}  "
            f"{state:18}  {rate:7}  {key.name}"
        )
        click.echo(line.rstrip())


@keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Revoke the key with this ID for good."""
    from datetime import UTC, datetime

    from schemas.audit import AuditedAction

    async def revoked(keyring: "Keyring") -> "Key":
        return await keyring.revoke(key_id, datetime.now(UTC))

    if _with_keyring(revoked, (AuditedAction.REVOKE_KEY, key_id)):
        click.echo(f"The key {key_id} is revoked.", err=True)


def _in_words(scopes: "frozenset[str]") -> str:
    return ", ".join(scope for scope in SCOPES if scope in scopes)


def _rate(per_second: float | None) -> "Rate | None":
    from services.platform.access.rate_limit import Rate

    if per_second is None:
        return None
    return Rate(per_second=per_second, burst=max(1.0, BURST_S * per_second))


def _with_keyring(
    work: "Callable[[Keyring], Awaitable[T]]",
    audited: "tuple[AuditedAction, str] | None" = None,
) -> "T | None":
    """Work on the keys; None if a signal ended it.

    An `audited` action is written to the audit trail before it happens, with its key.
    """
    from services.platform.access.keyring import open_keyring
    from services.tools.cli.table_work import work_on

    return work_on("keys", open_keyring, work, audited)

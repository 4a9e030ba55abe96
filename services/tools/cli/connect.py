"""`stammkunde connect`."""

import sys
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from schemas.audit import AuditedAction
    from services.connect.connectors import Connector
    from services.connect.sources import Source, Sources

T = TypeVar("T")

KINDS = ("shopify", "woocommerce")
OVERLAP_H = 24.0
SECRET_BYTES = 32

_KIND = click.argument("kind", type=click.Choice(KINDS))
_NAME = click.option("--name", default="main", show_default=True, help="The name of the shop.")
_URL = click.option(
    "--url",
    default=None,
    help="Where the shop reaches the API, such as https://events.example. By default the address "
    "in the settings, which only this machine may reach.",
)


@click.group()
def connect() -> None:
    """Connect shops that send webhooks: Shopify and WooCommerce.

    Kafka stores the shops with their secrets, which no command shows again. A change takes effect
    in every process within a second.
    """


@connect.command()
@_KIND
@_NAME
@_URL
@click.option("--check", is_flag=True, help="Then wait for the first webhook: see `check`.")
def add(kind: str, name: str, url: str | None, *, check: bool) -> None:
    """Connect a shop, and print what to do there, step by step.

    Shopify makes the secret itself: type it, or pipe it in. For WooCommerce a new secret is
    printed, once, on stdout.
    """
    from datetime import UTC, datetime

    from schemas.audit import AuditedAction
    from services.connect.connectors import CONNECTORS
    from services.connect.sources import SourceExistsError, new_source, source_key

    connector = CONNECTORS[kind]
    _check_name(name)
    secret = _new_secret(connector)

    async def add_to(sources: "Sources") -> bool:
        if sources.find(kind, name) is not None:
            raise SourceExistsError(kind, name)
        await sources.store(new_source(kind, name, secret, datetime.now(UTC)))
        return True

    if not _with_sources(add_to, (AuditedAction.ADD_SOURCE, source_key(kind, name))):
        return
    click.echo(f"Connected {kind} as {name!r}. Now in the shop:", err=True)
    for number, step in enumerate(connector.steps, 1):
        click.echo(f"{number}. {step.format(url=_address(kind, name, url))}", err=True)
    _show(connector, secret)
    if check:
        _wait(kind, name)


@connect.command(name="list")
def list_() -> None:
    """List every connected shop, without secrets, and what was seen of it first."""

    async def lines(sources: "Sources") -> list[str]:
        found: list[str] = []
        for source in sources.all():
            seen = sources.sightings(source)
            outcomes = ", ".join(f"{each} {seen[each].at:%Y-%m-%d}" for each in sorted(seen))
            found.append(
                f"{source.kind:12}  {source.name:12}  {source.created_at:%Y-%m-%d}  "
                f"{outcomes or 'nothing has come yet'}"
            )
        return found

    found = _with_sources(lines)
    if found == []:
        click.echo("No shop is connected. `stammkunde connect add` connects one.", err=True)
    for line in found or ():
        click.echo(line)


@connect.command()
@_KIND
@_NAME
@click.option(
    "--overlap-h",
    type=click.FloatRange(min=0, max=720),
    default=OVERLAP_H,
    show_default=True,
    help="For so many hours the old secret is accepted as well.",
)
def rotate(kind: str, name: str, overlap_h: float) -> None:
    """Give a shop a new secret."""
    from datetime import UTC, datetime, timedelta

    from schemas.audit import AuditedAction
    from services.connect.connectors import CONNECTORS
    from services.connect.sources import rotated, source_key

    connector = CONNECTORS[kind]
    secret = _new_secret(connector)

    async def rotate_in(sources: "Sources") -> bool:
        source = _found(sources, kind, name)
        overlap = timedelta(hours=overlap_h)
        await sources.store(rotated(source, secret, datetime.now(UTC), overlap))
        return True

    if _with_sources(rotate_in, (AuditedAction.ROTATE_SOURCE, source_key(kind, name))):
        click.echo(f"The old secret of {name!r} is accepted for {overlap_h:g} h more.", err=True)
        _show(connector, secret)


@connect.command()
@_KIND
@_NAME
def remove(kind: str, name: str) -> None:
    """Disconnect a shop: its webhooks are refused from now on. Its customers stay."""
    from schemas.audit import AuditedAction
    from services.connect.sources import source_key

    async def remove_from(sources: "Sources") -> bool:
        await sources.remove(_found(sources, kind, name))
        return True

    if _with_sources(remove_from, (AuditedAction.REMOVE_SOURCE, source_key(kind, name))):
        click.echo(f"{kind} {name!r} is disconnected.", err=True)


@connect.command()
@_KIND
@_NAME
def check(kind: str, name: str) -> None:
    """Wait for the first webhook that the shop signs, and say what it was."""
    _wait(kind, name)


def _wait(kind: str, name: str) -> None:
    from services.connect.check import wait_for_webhook

    async def wait_in(sources: "Sources") -> bool:
        async for line in wait_for_webhook(sources, _found(sources, kind, name)):
            click.echo(line, err=True)
        return True

    click.echo("Waiting for a webhook. Ctrl-C ends this.", err=True)
    _with_sources(wait_in)


def _found(sources: "Sources", kind: str, name: str) -> "Source":
    from services.connect.sources import UnknownSourceError

    source = sources.find(kind, name)
    if source is None:
        raise UnknownSourceError(kind, name)
    return source


def _check_name(name: str) -> None:
    import re

    from services.connect.sources import NAME

    if re.fullmatch(NAME, name) is None:
        message = "write at most 39 lower-case letters, digits and hyphens"
        raise click.BadParameter(message, param_hint="--name")


def _new_secret(connector: "Connector") -> str:
    """Return the secret that the shop has made, or a new one for it."""
    from secrets import token_urlsafe

    from services.connect.sources import LONGEST_SECRET

    if not connector.shop_makes_secret:
        return token_urlsafe(SECRET_BYTES)
    if sys.stdin.isatty():
        secret = str(click.prompt("The secret that the shop shows", hide_input=True, err=True))
    else:
        secret = sys.stdin.readline()
    secret = secret.strip()
    if not secret or len(secret) > LONGEST_SECRET or not secret.isprintable():
        message = f"The secret must have 1 to {LONGEST_SECRET} characters, all of them printable."
        raise click.ClickException(message)
    return secret


def _show(connector: "Connector", secret: str) -> None:
    if not connector.shop_makes_secret:
        click.echo("The secret, which is shown only once:", err=True)
        click.echo(secret)


def _address(kind: str, name: str, url: str | None) -> str:
    from services.ingest.routing import endpoint_of_source
    from services.platform.settings import Settings

    settings = Settings.from_environment()
    base = url or f"http://{settings.api_host}:{settings.api_port}"
    return base.rstrip("/") + endpoint_of_source(kind, name).path


def _with_sources(
    work: "Callable[[Sources], Awaitable[T]]",
    audited: "tuple[AuditedAction, str] | None" = None,
) -> "T | None":
    """Work on the sources; None if a signal ended it.

    An `audited` action is written to the audit trail before it happens, with its source.
    """
    from services.connect.sources import open_sources
    from services.tools.cli.table_work import work_on

    return work_on("connect", open_sources, work, audited)

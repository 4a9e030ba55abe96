"""Publish the contracts: `python -m schemas.publish` writes schemas/published/ again.

It writes a JSON Schema (2020-12) for each of `CONTRACTS`, the topics as JSON, an AsyncAPI 3
document that says which topic carries what, and the event catalogue as a table. With `--check` it
writes nothing, and its exit status says whether the files are in step.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from schemas import topics
from schemas.asyncapi import asyncapi
from schemas.audit import AuditRecord
from schemas.clock import ClockTick
from schemas.customer import Customer, RuleExplanation
from schemas.customer_export import CustomerExport
from schemas.dead_letter import DeadLetterHeaders
from schemas.held import HeldTrigger
from schemas.messages.catalogue import EVENT_TYPES, deciding_properties, message_type
from schemas.policy import Policy
from schemas.policy_publication import PolicyPublication
from schemas.transition import Transition
from schemas.trial_report import TrialReport
from schemas.trigger import Trigger

FOLDER: Final = Path(__file__).parent / "published"
COMMAND: Final = "python -m schemas.publish"


@dataclass(frozen=True, slots=True)
class PublishedContract:
    """A contract: what it is about, its type, and whether Stammkunde reads or writes it."""

    description: str
    adapter: TypeAdapter[Any]
    mode: Literal["validation", "serialization"]


def _read(description: str, of: Any) -> PublishedContract:
    return PublishedContract(description, TypeAdapter(of), "validation")


def _written(description: str, of: Any) -> PublishedContract:
    return PublishedContract(description, TypeAdapter(of), "serialization")


_FORM: Final = ", in the strict form; docs/messages.md says which other forms are read."

CONTRACTS: Final[Mapping[str, PublishedContract]] = {
    topics.SHOP_EVENTS: _read(
        f"What a shop sends, one message a record{_FORM}", message_type(topics.SHOP_EVENTS)
    ),
    topics.SOCIAL_EVENTS: _read(
        f"What a social listening tool sends{_FORM}", message_type(topics.SOCIAL_EVENTS)
    ),
    topics.SUPPORT_EVENTS: _read(
        f"What a help desk sends{_FORM}", message_type(topics.SUPPORT_EVENTS)
    ),
    topics.CLOCK: _read("The time of a replay.", ClockTick),
    topics.TRANSITIONS: _written("A customer left one segment for another.", Transition),
    topics.TRIGGERS: _written("Do this for this customer, because of that.", Trigger),
    topics.HELD: _written("A trigger was not sent; a person may release it.", HeldTrigger),
    f"{topics.DEAD_LETTERS}.headers": _written("Why a record was not taken.", DeadLetterHeaders),
    topics.ACCESS_AUDIT: _written("Who did what, when and from where.", AuditRecord),
    topics.POLICIES: _written("A policy was published.", PolicyPublication),
    "customer": _written("The live state of one customer, over HTTP.", Customer),
    "customer-export": _written("All that is held of one customer, over HTTP.", CustomerExport),
    "rule-explanation": _written("Why a rule did or did not fire, over HTTP.", RuleExplanation),
    "policy-trial": _written(
        "What a changed policy would do: the report of a trial. Amounts are in minor units.",
        TrialReport,
    ),
    "policy": _read("A retention policy, which is written in YAML.", Policy),
}


class _ForStrangers(GenerateJsonSchema):
    """Plain JSON Schema, in which what is always written is required."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's own
        """A title would only repeat the field's name."""
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:  # noqa: FBT001 - pydantic's own
        """Stammkunde writes a field also if it has its default, unless it says when not."""
        if "serialization_exclude_if" in field:
            return False
        return self.mode == "serialization" or super().field_is_required(field, total)

    def tagged_union_schema(self, schema: Any) -> dict[str, Any]:
        """Leave out `discriminator`, a word of OpenAPI."""
        union = super().tagged_union_schema(schema)
        union.pop("discriminator", None)
        return union


def files() -> Iterator[tuple[str, str]]:
    """The name and the text of each published file."""
    for name, contract in CONTRACTS.items():
        yield f"{name}.schema.json", _text(_schema(name, contract))
    yield "topics.json", _text(_catalogue())
    descriptions = {name: contract.description for name, contract in CONTRACTS.items()}
    yield "asyncapi.json", _text(asyncapi(topics.catalogue("{app_id}"), descriptions))
    yield "events.md", "".join(f"{line}\n" for line in _event_table())


def _schema(name: str, contract: PublishedContract) -> dict[str, Any]:
    body = contract.adapter.json_schema(
        mode=contract.mode, schema_generator=_ForStrangers, by_alias=True
    )
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:stammkunde:{name}",
        "title": name,
        "description": contract.description,
        **{key: value for key, value in body.items() if key not in {"title", "description"}},
    }


def _catalogue() -> list[dict[str, Any]]:
    return [
        {key: value for key, value in asdict(topic).items() if key != "extra"}
        | {"config": topic.config()}
        for topic in topics.catalogue("{app_id}")
    ]


def _event_table() -> Iterator[str]:
    """The event catalogue in Markdown, for readers of the documentation."""
    yield "# Events"
    yield f"`{COMMAND}` writes this file from the event catalogue, `schemas/messages/catalogue.py`."
    yield ""
    yield "| event | topic | the customer's own act | touchpoint | properties that decide |"
    yield "|---|---|---|---|---|"
    for each in EVENT_TYPES:
        own_act = "yes" if each.own_act else "no"
        met = "no" if each.touchpoint is None else "yes"
        deciding = ", ".join(f"`{name}`" for name in deciding_properties(each))
        yield f"| {each.name} | `{each.topic}` | {own_act} | {met} | {deciding} |"


def _text(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def publish(folder: Path = FOLDER) -> None:
    """Write all files, and remove those of contracts that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = dict(files())
    for stale in set(_names_in(folder)) - set(wanted):
        (folder / stale).unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, "utf-8")


def out_of_step(folder: Path = FOLDER) -> list[str]:
    """The files that `publish` would write differently, or remove."""
    wanted = dict(files())
    there = {name: (folder / name).read_text("utf-8") for name in _names_in(folder)}
    return sorted(name for name in wanted | there if wanted.get(name) != there.get(name))


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Publish, or with --check say what is out of step."""
    parser = ArgumentParser(prog=COMMAND, description="Publish the contracts as JSON Schema.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if out of step")
    if not parser.parse_args(arguments).check:
        publish()
        return
    names = out_of_step()
    if names:
        sys.exit(f"out of step with the contracts: {', '.join(names)}; run: {COMMAND}")


if __name__ == "__main__":
    main()

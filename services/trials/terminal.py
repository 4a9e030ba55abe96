"""Terminal: the report of a trial, for a person to read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Final

from schemas.counted import agreeing, counted
from schemas.currency import minor_digits
from schemas.trial_report import (
    Costs,
    Differences,
    Example,
    ExampleKind,
    MigrationMatrix,
    NamedDifferences,
    TrialReport,
)
from services.trials.table import INDENT, table
from topology.domain.history.money import write_minor

_WIDTH: Final = 98
_EXAMPLES: Final = 3
"""Of each kind; the JSON has more."""
_KINDS: Final[dict[ExampleKind, str]] = {
    "only_new": "only under the new policy",
    "only_old": "only under the old policy",
    "moved": "at another time",
    "other_action": "with another action",
}


def write_report(report: TrialReport) -> str:
    """Write the report. The proof is its last line."""
    parts = (
        _title(report),
        _in_short(report),
        _migrations(report),
        _differences("rule", report.by_rule),
        _differences("week of", report.by_week),
        _differences("segment", report.by_segment),
        _held(report),
        _ahead(report),
        _adoption(report),
        _examples(report),
        _unknown(report),
        iter([report.proof.sentence]),
    )
    return "\n\n".join(filter(None, ("\n".join(part) for part in parts)))


def _title(report: TrialReport) -> Iterator[str]:
    history = report.history
    yield f"What if {report.new.file} were in force, and not {report.old.file}?"
    complete = "since the first one" if history.is_complete else "that Kafka still has"
    yield (
        f"{counted(history.customers, 'customer')}, {counted(history.records, 'event')} {complete} "
        f"({_day(history.begins_at)}). Triggers from {_day(report.since)} to {_day(report.until)}."
    )


def _in_short(report: TrialReport) -> Iterator[str]:
    found, people = report.triggers, report.people
    yield "IN SHORT"
    yield from _wrapped(
        f"{counted(found.new, 'trigger')} instead of {found.old:,}{_change(found)}: "
        f"{found.only_new:,} only under the new policy, {found.only_old:,} only under the old one, "
        f"{found.moved:,} at another time, {found.other_action:,} with another action. "
        f"{found.same:,} {agreeing(found.same, 'stays as it is', 'stay as they are')}."
    )
    yield from _wrapped(
        f"{counted(people.touched_more, 'customer')} "
        f"{agreeing(people.touched_more, 'gets', 'get')} more than before, "
        f"{people.touched_less:,} {agreeing(people.touched_less, 'gets', 'get')} less. Nobody gets "
        f"more than {counted(people.most_by_new, 'trigger')} ({people.most_by_old:,} before)."
    )
    if report.costs is not None:
        yield from _wrapped(f"The offers cost {_costs(report, report.costs)}.")
    old, new = report.busiest_hour_of_old, report.busiest_hour_of_new
    if old is not None and new is not None:
        yield from _wrapped(
            f"The busiest hour has {counted(new.triggers, 'trigger')}, at {new.hour:%Y-%m-%d %H:%M}"
            f" UTC ({old.triggers:,} before, at {old.hour:%Y-%m-%d %H:%M})."
        )


def _migrations(report: TrialReport) -> Iterator[str]:
    yield f"WHERE CUSTOMERS STAND on {_day(report.until)}"
    unmoved = []
    for each in report.migrations:
        moved = [move for move in each.moves if move.from_value != move.to_value]
        if not moved:
            unmoved.append(each.dimension.value)
            continue
        rows = [
            (
                f"{move.from_value} -> {move.to_value}",
                move.customers,
                _money(report, move.revenue),
            )
            for move in moved
        ]
        head = f"{each.dimension.value}, {_moved(each)}"
        yield from table((head, "customers", "revenue"), rows)
    if unmoved:
        yield f"{INDENT}{', '.join(unmoved)}: nobody moves"


def _moved(matrix: MigrationMatrix) -> str:
    moves = [each for each in matrix.moves if each.from_value != each.to_value]
    all_of_them = sum(each.customers for each in matrix.moves)
    return f"{sum(each.customers for each in moves):,} of {all_of_them:,} move"


def _differences(by: str, differences: Sequence[NamedDifferences]) -> Iterator[str]:
    rows = [each for each in differences if each.same != each.old or each.same != each.new]
    if not rows:
        return
    yield f"TRIGGERS BY {by.removesuffix(' of').upper()}"
    yield from table(
        (by, "old", "new", "same", "moved", "other action", "only old", "only new"),
        [
            (
                each.name or "(unknown)",
                *(each.old, each.new, each.same, each.moved, each.other_action),
                *(each.only_old, each.only_new),
            )
            for each in rows
        ],
    )
    if rest := [each.same for each in differences if each not in rows]:
        yield f"{INDENT}{len(rest)} more without a difference: {counted(sum(rest), 'trigger')}"


def _held(report: TrialReport) -> Iterator[str]:
    rows = [
        (f"{each.rule or '(unknown)'}: {each.reason}", each.old, each.new)
        for each in report.held
        if each.old != each.new
    ]
    if rows:
        yield "HELD BACK"
        yield from table(("rule: reason", "old", "new"), rows)


def _ahead(report: TrialReport) -> Iterator[str]:
    old, new = (sum(getattr(each, side) for each in report.ahead) for side in ("old", "new"))
    yield "THE NEXT 30 DAYS, if no customer does anything"
    rows = [(each.rule, each.old, each.new) for each in report.ahead]
    yield from table(("rule", "old", "new"), [*rows, ("all", old, new)])
    if report.ahead_costs is not None:
        yield f"{INDENT}The offers cost {_costs(report, report.ahead_costs)}."


def _adoption(report: TrialReport) -> Iterator[str]:
    found, busiest = report.adoption, report.adoption.busiest_hour
    yield f"THE SWITCH on {_day(report.until)}"
    if not found.by_rule:
        yield f"{INDENT}The switch itself sets off no rule."
        return
    rows = [(each.rule, each.held, each.sent) for each in found.by_rule]
    head = ("rule", "adoption: hold keeps back", "adoption: fire sends")
    yield from table(head, [*rows, ("all", found.held, found.sent)])
    if busiest is not None:
        yield from _wrapped(
            f"With adoption: fire, {counted(busiest.triggers, 'trigger')} "
            f"{agreeing(busiest.triggers, 'goes', 'go')} out in the busiest hour, at "
            f"{busiest.hour:%Y-%m-%d %H:%M} UTC."
        )
    yield f"{INDENT}{report.new.file} says adoption: {found.setting}."


def _examples(report: TrialReport) -> Iterator[str]:
    if not report.examples:
        return
    yield "EXAMPLES (--json has more)"
    for kind, words in _KINDS.items():
        some = [each for each in report.examples if each.kind == kind]
        if some:
            yield f"{INDENT}{words}"
        for each in some[-_EXAMPLES:]:
            yield from _example(each)


def _example(example: Example) -> Iterator[str]:
    yield f"{INDENT * 2}{_plain(example.customer_id)}, {example.rule}"
    for policy, at, action, because in (
        ("old", example.old_at, example.old_action, example.old_because),
        ("new", example.new_at, example.new_action, example.new_because),
    ):
        when = "no trigger" if at is None else f"{_day(at)} {action}"
        text = _plain(f"{policy}: {when}. {because}")
        yield from wrap(text, _WIDTH, initial_indent=INDENT * 3, subsequent_indent=INDENT * 5)


def _unknown(report: TrialReport) -> Iterator[str]:
    yield "WHAT A TRIAL CAN'T KNOW"
    for each in report.unknown:
        yield from _wrapped(each)


def _wrapped(text: str) -> Iterator[str]:
    yield from wrap(text, _WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)


def _costs(report: TrialReport, costs: Costs) -> str:
    more = costs.new - costs.old
    sign = "+" if more >= 0 else "-"
    return (
        f"{_money(report, costs.new)} instead of {_money(report, costs.old)} "
        f"({sign}{_money(report, abs(more))})"
    )


def _change(found: Differences) -> str:
    return f" ({found.new - found.old:+,})"


def _money(report: TrialReport, amount: int) -> str:
    return write_minor(amount, minor_digits(report.currency), report.currency)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _plain(text: str) -> str:
    """The text, whose invisible characters can't control the terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)

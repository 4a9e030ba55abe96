"""The summary: what is wanted and what was measured, as tables.

The README shows the headlines, and benchmarks/README.md everything.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.reporting import wanted

Report = Mapping[str, Any]

BEGIN = "<!-- figures: `make bench` writes them -->"
END = "<!-- end of the figures -->"


_LOADS = {
    "mix": "a real shop: a million known customers",
    "live": "the worst case: everybody from nothing to VIP within an hour",
    "backfill": "a backfill over a year",
}


class Figure(NamedTuple):
    """One row: what it is about, what is wanted and what was measured."""

    what: str
    wanted: str
    measured: str
    compared_with: Report
    """Where the machine's other load during the measurement is found."""
    is_headline: bool = False
    """True if the README shows it: at most ten are."""


def _throughput(report: Report) -> Iterator[Figure]:
    loads = report["loads"]
    for kind, title in _LOADS.items():
        worker = loads.get(kind, {"contestants": {}})["contestants"].get("worker")
        if worker is not None:
            rate, cpu = worker["events_per_second"], worker["cpu_seconds_per_million"]
            least = f"{wanted.EVENTS_PER_SECOND[kind]:,} events/s"
            shown = kind in wanted.CPU_SECONDS_PER_MILLION
            yield Figure(f"One worker, {title}", least, f"{rate:,} events/s", worker, shown)
            most = wanted.CPU_SECONDS_PER_MILLION.get(kind)
            at_most = "" if most is None else f"at most {most} s"
            yield Figure(
                "… its CPU time for a million events", at_most, f"{cpu:g} s", worker, shown
            )
    yield from _compared(loads.get("live", {"contestants": {}, "worker_compared": {}}))


def _compared(live: Report) -> Iterator[Figure]:
    times = live["worker_compared"]
    for name, title, least in (
        ("faust", "plain Faust with the small job", wanted.TIMES_FAUST),
        ("quix-eo", "Quix Streams with the small job, exactly once", wanted.TIMES_QUIX),
        ("bare", "a bare aiokafka loop", wanted.SHARE_OF_BARE),
    ):
        if name in times:
            compared_with = live["contestants"][name]
            what = f"Compared with {title} ({compared_with['events_per_second']:,} events/s)"
            fast, less = times[name]["times_as_fast"], times[name]["times_less_cpu"]
            measured = f"{fast:g} times; {less:g} times by CPU time"
            shown = name == "quix-eo"
            yield Figure(what, f"{least:g} times", measured, compared_with, shown)


def _handler(report: Report) -> Iterator[Figure]:
    ours, *_ = report["checkouts"].values()
    for kind, row in ours.items():
        most = wanted.HANDLER_US.get(kind)
        least = "" if most is None else f"at most {most} us"
        what = f"The handler alone, `{kind}`: CPU time for an event"
        yield Figure(what, least, f"{row['us_per_event']:.1f} us", row)


def _latency(report: Report) -> Iterator[Figure]:
    reader = f"{wanted.READER_P50_MS} and {wanted.READER_P99_MS} ms"
    for to, title, wanted_at, least in (
        ("to_a_read_committed_reader", "a read_committed reader", wanted.READER_RATE, reader),
        ("to_the_api", "the API's answer", wanted.API_RATE, f"{wanted.API_P99_MS} ms"),
    ):
        for row in report[to]:
            rate = row["events_per_second"]
            shown = rate == wanted_at
            measured = f"{row['p50_ms']:,.0f} and {row['p99_ms']:,.0f} ms"
            if not row["kept_up"]:
                measured += ", not kept up"
            what = f"Latency to {title} at {rate:,}/s, median and p99"
            yield Figure(what, least if shown else "", measured, row, shown)


def _restore(report: Report) -> Iterator[Figure]:
    row, customers = report["restore"], f"{report['customers']:,} customers of three orders"
    seconds, memory = f"{row['seconds']:.1f} s", f"{row['memory_mb']:,.0f} MB"
    yield Figure(
        f"{customers}: restored in", f"{wanted.RESTORE_S} s", seconds, row, is_headline=True
    )
    if (quick := report.get("restore_from_snapshot")) is not None:
        least, seconds = f"{wanted.RESTORE_FROM_SNAPSHOT_S} s", f"{quick['seconds']:.1f} s"
        yield Figure("… from a snapshot", least, seconds, quick)
    yield Figure(f"{customers}: memory of the worker", f"{wanted.MEMORY_MB:,} MB", memory, row)


def _timers(report: Report) -> Iterator[Figure]:
    due = f"{report['customers']:,} customers fall due at once"
    last, p99 = f"{report['seconds_to_the_last']:.1f} s", f"{report['new_events_p99_ms']:,.0f} ms"
    yield Figure(
        f"{due}: the last is committed after", f"{wanted.DUE_S} s", last, report, is_headline=True
    )
    new = f"… and new events meanwhile, {report['rate']:,}/s, p99"
    yield Figure(new, f"{wanted.NEW_EVENTS_P99_MS:,} ms", p99, report)


def _scaling(report: Report) -> Iterator[Figure]:
    times, row = report["two_workers_to_one"], report["workers"]["2"]
    yield Figure("Two workers compared with one", "", f"{times:g} times", row)
    cpu = row["cpu_seconds_per_million"] / report["workers"]["1"]["cpu_seconds_per_million"]
    most = f"at most {wanted.CPU_TIMES_OF_TWO:g} times"
    yield Figure(
        "Two workers: CPU time for an event compared with one",
        most,
        f"{cpu:.2f} times",
        row,
        is_headline=True,
    )


def _ingest(report: Report) -> Iterator[Figure]:
    for row in report["batches"]:
        size = row["events_in_a_batch"]
        least = f"{wanted.INGESTED_PER_SECOND:,} events/s" if size == wanted.INGEST_BATCH else ""
        what = f"Taken in over HTTP by one process, in batches of {size}"
        measured = f"{row['events_per_second']:,} events/s"
        yield Figure(what, least, measured, row)


def _streams(report: Report) -> Iterator[Figure]:
    listeners, burst = f"{report['listeners']:,} listeners to the triggers", report["burst"]
    for row in report["paced"]:
        what = f"{listeners}, {row['triggers_per_second']}/s, median and p99"
        yield Figure(what, "", f"{row['p50_ms']:,.0f} and {row['p99_ms']:,.0f} ms", row)
    rate = f"{burst['triggers_per_second']:,.0f} triggers/s to each"
    yield Figure(f"{listeners}, a burst of {burst['triggers']}", "", rate, burst)


def _delivery(report: Report) -> Iterator[Figure]:
    for row in report["endpoints"]:
        count = row["endpoints"]
        what = f"Delivered by one process to {count} endpoint{'s' if count > 1 else ''}"
        order = "each customer's order kept" if row["out_of_order"] == 0 else "order broken"
        rate = f"{row['deliveries_per_second']:,.0f} webhooks/s"
        measured = f"{rate}, {row['cpu_ms_per_delivery']:g} ms of CPU each, {order}"
        yield Figure(what, "", measured, row)


def _archive(report: Report) -> Iterator[Figure]:
    for kind, row in report["loads"].items():
        what = f"Archived by one process, `{kind}`, {row['bytes_sent_per_event']:.0f} bytes each"
        least = (
            f"{wanted.ARCHIVED_PER_SECOND:,} events/s, at most {wanted.ARCHIVED_BYTES} bytes each"
        )
        rate = f"{row['events_per_second']:,} events/s, {row['bytes_per_event']:g} bytes each"
        yield Figure(what, least, rate, row)


def _trial(report: Report) -> Iterator[Figure]:
    what = (
        f"A trial of two policies over {report['events']:,} events of "
        f"{report['customers']:,} customers"
    )
    least = f"{wanted.TRIAL_S} s, under {wanted.TRIAL_MB:,} MB"
    measured = (
        f"{report['seconds']:.0f} s ({report['cpu_us_per_event']:g} us of CPU for an event and "
        f"policy), {report['memory_mb']:,.0f} MB"
    )
    yield Figure(what, least, measured, report)


PARTS: Mapping[str, Callable[[Report], Iterator[Figure]]] = {
    "throughput": _throughput,
    "handler": _handler,
    "latency": _latency,
    "restore": _restore,
    "timers": _timers,
    "scaling": _scaling,
    "streams": _streams,
    "ingest": _ingest,
    "delivery": _delivery,
    "archive": _archive,
    "trial": _trial,
}


def headlines(folder: Path) -> str:
    """The table of the figures that matter most."""
    return _markdown(figure for figure in _figures(folder) if figure.is_headline)


def everything(folder: Path) -> str:
    """The table of whatever there are results of."""
    return _markdown(_figures(folder))


def _figures(folder: Path) -> Iterator[Figure]:
    for part, figures in PARTS.items():
        file = folder / f"{part}.json"
        if file.exists():
            yield from figures(json.loads(file.read_text(encoding="utf-8")))


def _markdown(figures: Iterable[Figure]) -> str:
    lines = ["| | wanted | measured | other load |", "|---|---|---|---|"]
    return "\n".join((*lines, *map(_line, figures)))


def _line(figure: Figure) -> str:
    load = figure.compared_with["other_load"] + figure.compared_with["stolen"]
    return f"| {figure.what} | {figure.wanted} | {figure.measured} | {load:.0%} |"


def put_into(file: Path, table: str) -> None:
    """Replace the table in a Markdown file."""
    text = file.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    assert END in rest, f"{file.name} has no place for the figures"
    after = rest.partition(END)[2]
    file.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")

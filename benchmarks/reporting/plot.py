"""Plots of the results, as small SVG files beside them.

`python -m benchmarks.reporting.plot FOLDER` draws those of the results in a folder.

Runs in the benchmarks' own environment, which has matplotlib. The same results give the same bytes.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.reporting import wanted

_OURS, _OTHERS, _PALE, _WANTED = "#1f6f5c", "#9aa5ad", "#8fc3b5", "#b3401f"
_WIDTH = 8.0

Report = Mapping[str, Any]


def throughput(report: Report) -> Figure:
    """Events per second of the worker on a shop's mix, and of all contestants on `live`."""
    loads = report["loads"]
    rates = {
        f"{row['title']}{suffix}": row["events_per_second"]
        for kind, suffix in (("mix", ", `mix`"), ("live", ""))
        for row in loads.get(kind, {"contestants": {}})["contestants"].values()
    }
    figure, (axes,) = _figure(1, 0.45 * len(rates) + 1.1)
    colours = [_OURS if "Stammkunde" in title else _OTHERS for title in rates]
    _bars(axes, rates, colours, "{:,.0f}")
    _mark_wanted(axes, wanted.EVENTS_PER_SECOND["live"])
    axes.set_xlabel("events per second (median)")
    return figure


def handler(report: Report) -> Figure:
    """CPU time of the handler alone for an event, by the load and the checkout."""
    times = {
        f"{kind}, {name}": row["us_per_event"]
        for name, kinds in report["checkouts"].items()
        for kind, row in kinds.items()
    }
    figure, (axes,) = _figure(1, 0.45 * len(times) + 0.9)
    _bars(axes, times, _OURS, "{:.1f}")
    axes.set_xlabel("microseconds of CPU time for an event (median)")
    return figure


def latency(report: Report) -> Figure:
    """Median and 99th percentile at each rate, to the reader and to the API."""
    figure, both = _figure(2, 2.6)
    _percentiles(both[0], report["to_a_read_committed_reader"], "to a read_committed reader")
    _percentiles(both[1], report["to_the_api"], "to the API's answer")
    _mark_wanted(both[0], wanted.READER_P99_MS)
    _mark_wanted(both[1], wanted.API_P99_MS)
    return figure


def restore(report: Report) -> Figure:
    """Time and memory of a restore."""
    rows = {
        f"{report['customers']:,} customers": report["restore"],
        "from a snapshot": report.get("restore_from_snapshot"),
        "none": report["start_without_customers"],
    }
    rows = {title: row for title, row in rows.items() if row is not None}
    figure, (left, right) = _figure(2, 1.7)
    _bars(left, {title: row["seconds"] for title, row in rows.items()}, _OURS, "{:.1f}")
    _bars(right, {title: row["memory_mb"] for title, row in rows.items()}, _OURS, "{:,.0f}")
    _mark_wanted(left, wanted.RESTORE_S)
    _mark_wanted(right, wanted.MEMORY_MB)
    left.set_xlabel("seconds from the start of the worker")
    right.set_xlabel("MB of memory, restored")
    return figure


def timers(report: Report) -> Figure:
    """How many of the customers that fell due have been seen, and what new events waited."""
    course = report["results"][0]["course"]
    figure, (left, right) = _figure(2, 2.6)
    left.plot(course["seconds"], course["seen"], color=_OURS)
    left.set_ylabel("customers seen")
    right.plot(course["seconds"], course["new_events_max_ms"], color=_OURS)
    right.set_ylabel("the slowest new event, ms")
    for axes in (left, right):
        axes.set_xlabel("seconds since they were due")
        axes.set_ylim(bottom=0)
    return figure


def scaling(report: Report) -> Figure:
    """Events per second by the number of workers."""
    rates = {
        f"{workers} worker{'s' if workers != '1' else ''}": row["events_per_second"]
        for workers, row in report["workers"].items()
    }
    figure, (axes,) = _figure(1, 1.7)
    _bars(axes, rates, _OURS, "{:,.0f}")
    axes.set_xlabel("events per second (median)")
    return figure


def ingest(report: Report) -> Figure:
    """Events per second by the size of a batch."""
    rates = {
        f"batches of {row['events_in_a_batch']}": row["events_per_second"]
        for row in report["batches"]
    }
    figure, (axes,) = _figure(1, 0.45 * len(rates) + 1.1)
    _bars(axes, rates, _OURS, "{:,.0f}")
    _mark_wanted(axes, wanted.INGESTED_PER_SECOND)
    axes.set_xlabel("events per second (median)")
    return figure


def streams(report: Report) -> Figure:
    """How long triggers take to a thousand listeners, by how many there are a second."""
    figure, (axes,) = _figure(1, 2.6)
    rows = [{**row, "events_per_second": row["triggers_per_second"]} for row in report["paced"]]
    _percentiles(axes, rows, f"triggers to {report['listeners']:,} listeners")
    return figure


def delivery(report: Report) -> Figure:
    """Webhooks per second by the number of endpoints."""
    rates = {
        f"{row['endpoints']} endpoint{'s' if row['endpoints'] > 1 else ''}": row[
            "deliveries_per_second"
        ]
        for row in report["endpoints"]
    }
    figure, (axes,) = _figure(1, 0.45 * len(rates) + 0.9)
    _bars(axes, rates, _OURS, "{:,.0f}")
    axes.set_xlabel("webhooks per second (median)")
    return figure


def archive(report: Report) -> Figure:
    """Events per second that the archive writes, by their kind."""
    rates = {f"`{kind}`": row["events_per_second"] for kind, row in report["loads"].items()}
    figure, (axes,) = _figure(1, 1.7)
    _bars(axes, rates, _OURS, "{:,.0f}")
    _mark_wanted(axes, wanted.ARCHIVED_PER_SECOND)
    axes.set_xlabel("events per second (median)")
    return figure


def trial(report: Report) -> Figure:
    """How long a trial takes, and the memory of its two processes."""
    figure, (left, right) = _figure(2, 1.5)
    title = f"{report['events']:,} events"
    _bars(left, {title: report["seconds"]}, _OURS, "{:.1f}")
    _bars(right, {title: report["memory_mb"]}, _OURS, "{:,.0f}")
    _mark_wanted(left, wanted.TRIAL_S)
    _mark_wanted(right, wanted.TRIAL_MB)
    left.set_xlabel("seconds for both policies (median)")
    right.set_xlabel("MB of memory, both together")
    return figure


PLOTS: Mapping[str, Callable[[Report], Figure]] = {
    "throughput": throughput,
    "handler": handler,
    "latency": latency,
    "restore": restore,
    "timers": timers,
    "scaling": scaling,
    "ingest": ingest,
    "streams": streams,
    "delivery": delivery,
    "archive": archive,
    "trial": trial,
}


def _figure(columns: int, height: float) -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    (row,) = figure.subplots(1, columns, squeeze=False)
    for axes in row:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, list(row)


def _bars(axes: Axes, values: Mapping[str, float], colour: str | list[str], style: str) -> None:
    drawn = axes.barh(list(values), list(values.values()), color=colour, height=0.6)
    axes.bar_label(drawn, [style.format(value) for value in values.values()], padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.15)


def _percentiles(axes: Axes, rows: Sequence[Report], title: str) -> None:
    places = range(len(rows))
    for shift, name, colour in ((-0.2, "p50_ms", _PALE), (0.2, "p99_ms", _OURS)):
        drawn = axes.bar(
            [place + shift for place in places],
            [row[name] for row in rows],
            width=0.38,
            color=colour,
            label={"p50_ms": "median", "p99_ms": "99th percentile"}[name],
        )
        axes.bar_label(drawn, [f"{row[name]:,.0f}" for row in rows], padding=2, fontsize=8)
    axes.set_xticks(list(places), [f"{row['events_per_second']:,}/s" for row in rows])
    axes.set_ylabel("ms")
    axes.set_title(title, fontsize=10)
    axes.legend(frameon=False, fontsize=8)


def _mark_wanted(axes: Axes, value: float) -> None:
    """A line where the figure should be."""
    line = axes.axvline if axes.get_ylabel() == "" else axes.axhline
    line(value, color=_WANTED, linestyle=":", linewidth=1.5)


def draw(folder: Path) -> list[Path]:
    """Draw whatever there are results of, and return the files."""
    mpl.rcParams["svg.hashsalt"] = "stammkunde"
    mpl.rcParams["svg.fonttype"] = "none"
    mpl.rcParams["font.family"] = "sans-serif"
    drawn = []
    for part, plot in PLOTS.items():
        results = folder / f"{part}.json"
        if results.exists():
            file = folder / f"{part}.svg"
            figure = plot(json.loads(results.read_text(encoding="utf-8")))
            figure.savefig(file, metadata={"Date": None, "Creator": None})
            drawn.append(file)
    return drawn


if __name__ == "__main__":
    for drawn in draw(Path(sys.argv[1])):
        sys.stderr.write(f"drawn: {drawn.name}\n")

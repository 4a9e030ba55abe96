"""A map of columns is read whole or refused with the place; a cell is what the map says, or not."""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.faults import FaultError
from services.tools.replay.column_map import FieldSource, load_column_map

GERMAN = FieldSource.model_validate({"column": "x", "as": "number", "decimal": ","})
ENGLISH = FieldSource.model_validate({"column": "x", "as": "number"})


def write(folder: Path, text: str) -> Path:
    file = folder / "map.yaml"
    file.write_text(text)
    return file


def test_a_column_by_itself_is_text(tmp_path: Path) -> None:
    columns = load_column_map(write(tmp_path, "fields: {userId: customer}"))
    assert columns.fields["userId"] == FieldSource(column="customer")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("fields: {}", "fields"),
        ("fields: {a: {}}", "fields → a"),
        ("fields: {a: {column: x, value: 1}}", "fields → a"),
        ("fields: {a: {column: x, as: nmber}}", "fields → a → as"),
        ("fields: {a..b: x}", "fields → a..b"),
        ("fields: {a: x, a.b: y}", "the whole"),
        ("fields: {a: x}\ndelimeter: ';'", "delimeter"),
        ("fields: {a: x}\ntime_zone: Europe/Berln", "time_zone"),
        ("fields: [a", "no YAML"),
        ("", "the whole"),
    ],
)
def test_a_wrong_map_is_refused_with_the_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(FaultError) as refused:
        load_column_map(write(tmp_path, text))
    assert place in str(refused.value)


def test_a_map_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match=r"Can't read .*nowhere\.yaml"):
        load_column_map(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1.059,90", 1059.9), ("59,90", 59.9), ("5", 5), ("-5,00", -5), ("1.000.000", 1_000_000)],
)
def test_a_german_number(cell: str, number: float) -> None:
    assert GERMAN.read(cell, UTC) == number


@pytest.mark.parametrize("cell", ["59.90", "1.0", "1,2,3", "abc", "nan", "1e5", "", "٣", "9" * 40])
def test_what_is_no_german_number_is_not_guessed(cell: str) -> None:
    """59.90 must not become 5990."""
    with pytest.raises(ValueError, match="this is no number"):
        GERMAN.read(cell, UTC)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_every_amount_is_read_as_it_was_written(amount: object) -> None:
    for written in (f"{amount}", f"{amount:,}"):
        assert ENGLISH.read(written, UTC) == pytest.approx(float(str(amount)), abs=1e-9)
        swapped = written.translate(str.maketrans(",.", ".,"))
        assert GERMAN.read(swapped, UTC) == ENGLISH.read(written, UTC)


@pytest.mark.parametrize(
    ("cell", "written", "expected"),
    [
        ("2026-03-01T12:00:00Z", None, "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00+02:00", None, "2026-03-01T10:00:00Z"),
        ("2026-07-01 12:00", None, "2026-07-01T10:00:00Z"),
        ("01.03.2026 12:00", "%d.%m.%Y %H:%M", "2026-03-01T11:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_of_the_maps_zone(
    cell: str, written: str | None, expected: str
) -> None:
    source = FieldSource.model_validate({"column": "x", "as": "time", "format": written})
    assert source.read(cell, ZoneInfo("Europe/Berlin")) == expected


@pytest.mark.parametrize("cell", ["yesterday", "31.02.2026", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(cell: str) -> None:
    source = FieldSource.model_validate({"column": "x", "as": "time"})
    with pytest.raises(ValueError, match="this is no time"):
        source.read(cell, UTC)

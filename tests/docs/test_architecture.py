"""docs/architecture.md tells the truth: about the rooms, who imports whom, and an event's way."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import grimp
import pytest

from tests.docs.picture import (
    PAGE,
    Picture,
    layers,
    mentions,
    read_picture,
    rooms_of_table,
    ways,
    within,
)
from tests.docs.repository import ROOT

TEXT: Final = PAGE.read_text(encoding="utf-8")
MOST_STATIONS: Final = 15


@pytest.fixture(scope="module")
def picture() -> Picture:
    return read_picture(TEXT)


@pytest.fixture(scope="module")
def imports(picture: Picture) -> Mapping[tuple[str, str], str]:
    """Each import from room to room that the code has, with an example."""
    graph = grimp.build_graph("schemas", "topology", "services", cache_dir=None)
    found: dict[tuple[str, str], str] = {}
    for module in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            room, other = within(module, picture.rooms), within(imported, picture.rooms)
            if room is not None and other is not None and room != other:
                found.setdefault((room, other), f"{module} imports {imported}")
    return found


def _rooms_that_exist() -> Iterator[str]:
    yield "schemas"
    for around in ("services", "topology"):
        for path in (ROOT / around).iterdir():
            is_module = path.suffix == ".py" and path.name != "__init__.py"
            if is_module or (path / "__init__.py").is_file():
                yield f"{around}.{path.stem}"


def _contracts() -> Mapping[str, Sequence[frozenset[str]]]:
    """The layers of `pyproject.toml` that are about whole rooms, by the id of their contract."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {
        contract["id"]: layers(contract)
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers" and contract.get("containers") != ["topology.domain"]
    }


def test_the_picture_has_every_room(picture: Picture) -> None:
    assert picture.rooms == set(_rooms_that_exist())


def test_the_table_has_every_room(picture: Picture) -> None:
    rooms = rooms_of_table(TEXT)
    assert len(rooms) == len(set(rooms))
    assert set(rooms) == picture.rooms


def test_each_arrow_is_an_import_of_the_code(
    picture: Picture, imports: Mapping[tuple[str, str], str]
) -> None:
    """If not: remove the arrow."""
    assert picture.edges <= imports.keys(), sorted(picture.edges - imports.keys())


def test_each_import_goes_along_arrows(
    picture: Picture, imports: Mapping[tuple[str, str], str]
) -> None:
    """If not: draw the arrow, or remove the import."""
    wrong = [
        example
        for (room, imported), example in imports.items()
        if imported not in picture.reached_from(room)
    ]
    assert not wrong, wrong


def test_no_arrows_make_a_circle(picture: Picture) -> None:
    assert [room for room in picture.rooms if room in picture.reached_from(room)] == []


@pytest.mark.parametrize(("name", "order"), _contracts().items())
def test_each_arrow_goes_down_the_layers(
    picture: Picture, name: str, order: Sequence[frozenset[str]]
) -> None:
    """Nobody imports upwards, nor a sibling of the same layer."""
    depth = {room: place for place, layer in enumerate(order) for room in layer}
    for start, end in picture.edges:
        above, below = within(start, depth), within(end, depth)
        if above is not None and below is not None and above != below:
            assert depth[above] < depth[below], f"{start} --> {end}: see the contract {name}"


def test_the_layers_of_services_are_the_rooms(picture: Picture) -> None:
    """As soon as `pyproject.toml` has a contract `services`."""
    rooms = {room for room in picture.rooms if room.startswith("services.")}
    order = _contracts().get("services", [frozenset(rooms)])
    assert frozenset().union(*order) == rooms


def test_each_function_that_the_page_names_is_where_it_says() -> None:
    """If not: the message says where the function is now."""
    faults = mentions(TEXT)
    assert not faults, "\n".join(["docs/architecture.md:", *faults])


def test_an_event_passes_at_most_fifteen_stations() -> None:
    to_the_webhook, to_the_api = ways(TEXT)
    assert 0 < len(to_the_webhook) <= MOST_STATIONS
    assert to_the_api


def test_a_wrong_arrow_is_found() -> None:
    page = '```mermaid\nflowchart TB\na["services/api"]\nb["schemas"]\nb --> a\n```\n'
    drawn = read_picture(page)
    assert drawn.edges == {("schemas", "services.api")}
    assert drawn.reached_from("services.api") == set()


def test_a_line_that_is_no_arrow_is_found() -> None:
    with pytest.raises(AssertionError, match="can't read: a ~~~ b"):
        read_picture('```mermaid\nflowchart TB\na["schemas"]\na ~~~ b\n```\n')

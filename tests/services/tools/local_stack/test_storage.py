"""A machine formats Kafka's storage once, and copies it afterwards."""

from pathlib import Path

from services.tools.local_stack import KafkaServer
from services.tools.local_stack.folder import make_private
from services.tools.local_stack.jars import JarCache
from services.tools.local_stack.storage import copy_files, keep, template_in


async def jars_in(root: Path) -> JarCache:
    """A cache with the jars of the user's, and with nothing else."""
    cache = JarCache(root)
    cache.folder.mkdir(parents=True)
    for jar in (await JarCache().provide(lambda _: None)).glob("*.jar"):
        (cache.folder / jar.name).symlink_to(jar)
    return cache


async def prepared(folder: Path, jars: JarCache) -> Path:
    """The storage of a new Kafka that has not been started."""
    make_private(folder)
    server = KafkaServer(folder, jars=jars)
    server.ports = {"broker": 1, "controller": 2}
    await server.prepare()
    return folder / "log"


async def test_the_second_storage_is_a_copy_of_the_first(tmp_path: Path) -> None:
    """Kafka's program gives each storage another id, so it has run once."""
    jars = await jars_in(tmp_path / "cache")

    first = await prepared(tmp_path / "first", jars)
    second = await prepared(tmp_path / "second", jars)

    names = sorted(file.name for file in first.iterdir())
    assert "meta.properties" in names
    assert names == sorted(file.name for file in second.iterdir())
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()
        assert not (second / name).stat().st_mode & 0o077
    assert not second.stat().st_mode & 0o077


def test_other_settings_have_a_storage_of_their_own(tmp_path: Path) -> None:
    assert template_in(tmp_path, "node.id=1") != template_in(tmp_path, "node.id=2")


def test_of_two_that_format_at_once_the_first_is_kept(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "meta.properties").write_text(name)
        keep(tmp_path / name, cache / "storage")

    assert (cache / "storage" / "meta.properties").read_text() == "one"
    assert list(cache.iterdir()) == [cache / "storage"]


def test_a_cache_that_takes_no_files_stops_no_start(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    keep(tmp_path / "log", tmp_path / "nowhere" / "storage")
    copy_files(tmp_path / "log", tmp_path / "copied")

    assert (tmp_path / "copied").is_dir()

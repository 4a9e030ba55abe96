"""Each service gets its settings in its environment."""

from pathlib import Path

import pytest

from services.platform.settings import Settings
from services.tools.local_stack import Addresses
from services.tools.up.deployment import Deployment, services_of


def deployment(host: str = "127.0.0.1") -> Deployment:
    settings = Settings(clock="topic", data_dir=Path("/somewhere"), api_host=host)
    return Deployment(settings, Addresses("k:1", "redis://r:2/0"), 8123, 4, workers=2)


def test_there_are_the_workers_and_each_other_role_once() -> None:
    services = services_of(deployment())
    assert [(each.name, each.subcommand) for each in services] == [
        ("worker-1", "worker"),
        ("worker-2", "worker"),
        ("projector", "projector"),
        ("api", "api"),
        ("delivery", "delivery"),
        ("archive", "archive"),
    ]


def test_the_archive_can_be_switched_off() -> None:
    settings = Settings(data_dir=Path("/somewhere"), archive="off")
    plan = Deployment(settings, Addresses("k:1", "redis://r:2/0"), 8123, 4, workers=1)
    assert "archive" not in {each.name for each in services_of(plan)}


def test_all_get_the_same_and_each_worker_its_name() -> None:
    first, second, projector, *_ = services_of(deployment())
    assert projector.environment == {
        "KAFKA_BOOTSTRAP_SERVERS": "k:1",
        "REDIS_URL": "redis://r:2/0",
        "REDIS_URL_FILE": "",
        "STAMMKUNDE_API_PORT": "8123",
        "STAMMKUNDE_PARTITIONS": "4",
        "STAMMKUNDE_CLOCK": "topic",
        "STAMMKUNDE_DATA_DIR": "/somewhere",
    }
    assert first.environment == {**projector.environment, "STAMMKUNDE_WORKER_ID": "worker-1"}
    assert second.environment == {**projector.environment, "STAMMKUNDE_WORKER_ID": "worker-2"}


def test_roles_without_http_serve_their_metrics_on_a_port_of_their_own() -> None:
    settings = Settings(data_dir=Path("/somewhere"), metrics_port=9100)
    plan = Deployment(settings, Addresses("k:1", "redis://r:2/0"), 8123, 4, workers=2)
    ports = [each.environment.get("STAMMKUNDE_METRICS_PORT") for each in services_of(plan)]
    assert ports == ["9100", "9101", None, None, "9102", "9103"]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("0.0.0.0", "http://127.0.0.1:8123"),  # noqa: S104 - compared, not bound
        ("::", "http://[::1]:8123"),
        ("::1", "http://[::1]:8123"),
        ("shop.example", "http://shop.example:8123"),
    ],
)
def test_the_url_can_be_asked_from_this_machine(host: str, url: str) -> None:
    assert deployment(host).api_url == url

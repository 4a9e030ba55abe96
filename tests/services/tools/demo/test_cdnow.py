"""The CDNOW sample becomes valid orders, all of them."""

from pathlib import Path

import pytest

from schemas.messages import SOURCE_MESSAGE
from schemas.messages.shop import OrderCompleted
from schemas.policy import load_default_policy, load_policy
from services.platform.settings import Settings
from services.tools.demo import cdnow
from services.tools.demo.cdnow import OrdersMissingError, find_orders, read_orders
from services.tools.demo.run import write_demo_policy
from services.tools.local_stack import Addresses
from services.tools.replay.schedule import in_time_order
from services.tools.up.deployment import Deployment, services_of


def orders() -> list[OrderCompleted]:
    valid = [SOURCE_MESSAGE.validate_json(line.value) for line in read_orders(find_orders())]
    return [order for order in valid if isinstance(order, OrderCompleted)]


def test_there_are_6919_orders_of_2357_customers() -> None:
    read = orders()
    assert len(read) == 6919
    assert len({order.user_id for order in read}) == 2357
    assert len({order.order_id for order in read}) == 6919
    assert len({order.message_id for order in read}) == 6919


def test_an_order_says_what_its_line_says() -> None:
    first = orders()[0]
    assert first.order_id == first.message_id == "cdnow-line-00001"
    assert first.user_id == "cdnow-0001"
    assert f"{first.timestamp:%FT%TZ}" == "1997-01-01T12:00:00Z"
    assert (first.properties.total, first.properties.currency) == (29.33, None)
    assert first.properties.products[0].quantity == 2


def test_every_line_is_keyed_by_its_customer_and_knows_its_time() -> None:
    for line, order in zip(read_orders(find_orders()), orders(), strict=True):
        assert line.key == (order.user_id or "").encode()
        assert line.at == order.timestamp
        assert line.recognised


def test_orders_of_one_day_keep_the_order_of_the_file() -> None:
    timed = [(each.at, each.line.number) for each in in_time_order(read_orders(find_orders()))]
    assert timed == sorted(timed)
    assert timed[-1][0] < cdnow.END


def test_without_the_file_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdnow, "find_spec", lambda _name: None)
    with pytest.raises(OrdersMissingError, match=r"pip install 'stammkunde\[demo\]'"):
        find_orders()


def test_they_are_counted_in_dollars_by_a_policy_that_is_else_the_default(tmp_path: Path) -> None:
    currency = cdnow.cdnow_script().currency
    assert currency == "USD"
    policy = load_policy(write_demo_policy(tmp_path, currency))
    default = load_default_policy()
    assert policy.currency == "USD"
    assert policy.model_copy(update={"currency": default.currency}).version == default.version


def test_a_service_learns_which_policy_counts(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, policy=write_demo_policy(tmp_path, "USD"))
    deployment = Deployment(settings, Addresses("k:1", "redis://r"), 8000, 1, 1)
    policies = {service.environment["STAMMKUNDE_POLICY"] for service in services_of(deployment)}
    assert policies == {str(tmp_path / "policy.yaml")}

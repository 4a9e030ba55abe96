"""What Helm makes of the chart, where Helm is installed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.chart import EVERYTHING, HELM, LEAST, ON_A_VOLUME, lint, rendered
from tests.deploy.known import check_command, variables

pytestmark = pytest.mark.skipif(HELM is None, reason="there is no helm: `make helm` fetches one")

Manifests = list[dict[str, Any]]
WORKLOADS = {"StatefulSet", "Deployment", "Job"}


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return rendered(str(HELM), LEAST, tmp_path_factory.mktemp("least"))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return rendered(str(HELM), EVERYTHING, tmp_path_factory.mktemp("everything"))


def of_kind(kind: str, manifests: Manifests) -> Manifests:
    return [one for one in manifests if one["kind"] == kind]


def of_role(role: str, kind: str, manifests: Manifests) -> dict[str, Any]:
    """The one manifest of this kind that a role has."""
    name = f"shop-stammkunde-{role}"
    [found] = [one for one in of_kind(kind, manifests) if one["metadata"]["name"] == name]
    return found


def pods(manifests: Manifests) -> Iterator[dict[str, Any]]:
    for one in manifests:
        if one["kind"] in WORKLOADS:
            yield one["spec"]["template"]


@pytest.fixture(scope="module")
def on_a_volume(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return rendered(str(HELM), ON_A_VOLUME, tmp_path_factory.mktemp("volume"))


@pytest.mark.parametrize(
    "values", [LEAST, EVERYTHING, ON_A_VOLUME], ids=["least", "everything", "volume"]
)
def test_helm_has_nothing_against_the_chart(values: dict[str, Any], tmp_path: Path) -> None:
    assert lint(str(HELM), values, tmp_path) == ""


def test_every_role_runs_as_nobody_on_a_file_system_that_is_read_only(
    least: Manifests, everything: Manifests
) -> None:
    for pod in (*pods(least), *pods(everything)):
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["automountServiceAccountToken"] is False
        [container] = pod["spec"]["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        check_command(container["args"])
        assert {one["name"] for one in container["env"]} <= variables()


def test_selectors_find_their_pods_and_no_others(everything: Manifests) -> None:
    """A service that finds the pods of another role sends requests into nowhere."""
    labels = [pod["metadata"]["labels"] for pod in pods(everything)]
    for one in everything:
        spec = one.get("spec", {})
        selector = spec.get("podSelector") or spec.get("selector") or {}
        wanted = selector.get("matchLabels", selector) if isinstance(selector, dict) else {}
        if wanted:
            found = [each for each in labels if wanted.items() <= each.items()]
            assert len(found) == 1, one["metadata"]["name"]


def test_there_are_never_more_workers_than_partitions(everything: Manifests) -> None:
    [scaled] = of_kind("ScaledObject", everything)
    assert scaled["spec"]["maxReplicaCount"] == 8
    assert scaled["spec"]["triggers"][0]["metadata"]["consumerGroup"] == "shop"
    workers = of_role("worker", "StatefulSet", everything)
    assert "replicas" not in workers["spec"]


def test_a_worker_keeps_its_name(least: Manifests) -> None:
    [workers] = of_kind("StatefulSet", least)
    [container] = workers["spec"]["template"]["spec"]["containers"]
    [name] = [one for one in container["env"] if one["name"] == "STAMMKUNDE_WORKER_ID"]
    assert name["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_one_archive_writes_to_a_volume(on_a_volume: Manifests) -> None:
    archive = of_role("archive", "StatefulSet", on_a_volume)
    assert archive["spec"]["replicas"] == 1
    [claim] = archive["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"] == {"requests": {"storage": "5Gi"}}
    [container] = archive["spec"]["template"]["spec"]["containers"]
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    settings = {one["name"]: one["value"] for one in container["env"]}
    assert settings["STAMMKUNDE_ARCHIVE"] == mounts[claim["metadata"]["name"]]
    assert container["envFrom"] == [{"secretRef": {"name": "of-the-shop"}}]


def test_only_the_archive_has_the_keys_of_its_bucket(everything: Manifests) -> None:
    archive = of_role("archive", "StatefulSet", everything)
    assert "volumeClaimTemplates" not in archive["spec"]
    with_keys = [
        pod["metadata"]["labels"]["app.kubernetes.io/component"]
        for pod in pods(everything)
        if {"secretRef": {"name": "bucket"}} in pod["spec"]["containers"][0]["envFrom"]
    ]
    assert with_keys == ["archive"]
    network = of_role("archive", "NetworkPolicy", everything)
    assert {port["port"] for rule in network["spec"]["egress"] for port in rule["ports"]} == {
        *(53, 9093, 9094),
        9000,
    }


def test_the_policy_and_the_alerts_arrive_as_they_were(everything: Manifests) -> None:
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind("ConfigMap", everything)}
    assert maps["shop-stammkunde-policy"]["policy.yaml"] == EVERYTHING["policy"]
    [rules] = of_kind("PrometheusRule", everything)
    rules_file = Path(__file__).parents[2] / "deploy" / "monitoring" / "alerts.yaml"
    assert rules["spec"] == yaml.safe_load(rules_file.read_text())


def test_by_default_nothing_is_needed_that_a_cluster_may_lack(least: Manifests) -> None:
    """Neither KEDA nor the Prometheus operator."""
    assert {one["kind"] for one in least} == {
        *("StatefulSet", "Deployment", "Job", "Service"),
        *("NetworkPolicy", "PodDisruptionBudget"),
    }


def test_a_role_writes_no_more_than_its_share_of_a_node(least: Manifests) -> None:
    for pod in pods(least):
        volumes = [one["emptyDir"] for one in pod["spec"]["volumes"] if "emptyDir" in one]
        assert volumes == [{"sizeLimit": "64Mi"}, {"sizeLimit": "64Mi"}]


def test_every_role_is_looked_at(least: Manifests) -> None:
    """The job that makes topics ends by itself."""
    for one in of_kind("StatefulSet", least) + of_kind("Deployment", least):
        [container] = one["spec"]["template"]["spec"]["containers"]
        assert {"startupProbe", "livenessProbe"} <= container.keys(), one["metadata"]["name"]


def test_an_image_is_taken_by_its_digest_if_one_is_given(
    least: Manifests, everything: Manifests
) -> None:
    named = {pod["spec"]["containers"][0]["image"] for pod in pods(everything)}
    assert named == {f"localhost/stammkunde@sha256:{'a' * 64}"}
    assert {pod["spec"]["containers"][0]["image"] for pod in pods(least)} == {
        "localhost/stammkunde:0.1.0"
    }


def test_by_default_a_role_reaches_only_what_it_needs(least: Manifests) -> None:
    """DNS, Kafka, Redis for those who read it, and webhooks for delivery alone."""
    reached = {}
    for one in of_kind("NetworkPolicy", least):
        assert one["spec"]["policyTypes"] == ["Ingress", "Egress"]
        role = one["metadata"]["labels"]["app.kubernetes.io/component"]
        ports = [port["port"] for rule in one["spec"]["egress"] for port in rule["ports"]]
        reached[role] = sorted(set(ports))
    assert reached == {
        "worker": [53, 9092],
        "topics": [53, 9092],
        "projector": [53, 6379, 9092],
        "api": [53, 6379, 9092],
        "delivery": [53, 443, 9092],
    }


def test_the_way_out_leads_where_the_values_say(everything: Manifests) -> None:
    """And a webhook never to an address inside."""
    for one in of_kind("NetworkPolicy", everything):
        for rule in one["spec"]["egress"]:
            ports = {each["port"] for each in rule["ports"]}
            cidrs = [peer["ipBlock"]["cidr"] for peer in rule["to"] if "ipBlock" in peer]
            if ports == {9093, 9094}:
                assert cidrs == ["10.1.0.0/16"]
            if ports == {6379}:
                assert cidrs == ["10.2.0.0/16"]
            if ports == {443}:
                assert all(peer["ipBlock"]["except"] for peer in rule["to"])

"""The Helm chart as files, and as Helm makes manifests of it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.containerfile import ROOT
from tests.waits import LONGEST_WAIT_S

CHART = ROOT / "deploy" / "helm" / "stammkunde"
HELM = shutil.which("helm", path=f"{ROOT / '.tools'}:{os.environ.get('PATH', '')}")
"""Helm of this machine, or of `make helm`; None if there is none."""
LEAST = {"existingSecret": "of-the-shop"}
"""What an installation must say at least."""
EVERYTHING: dict[str, Any] = {
    **LEAST,
    "settings": {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "STAMMKUNDE_APP_ID": "shop"},
    "existingTlsSecret": "certificates",
    "imagePullSecrets": [{"name": "registry"}],
    "policy": "version: 1\nrules: []\n",
    "worker": {"replicas": 20, "autoscaling": {"enabled": True, "authenticationRef": "kafka"}},
    "api": {"ingress": {"enabled": True, "host": "api.shop.example", "tlsSecret": "tls"}},
    "archive": {"enabled": True, "bucket": "s3://shop/archive", "existingSecret": "bucket"},
    "image": {"digest": f"sha256:{'a' * 64}"},
    "networkPolicy": {
        "apiFrom": [{"namespaceSelector": {"matchLabels": {"name": "shop"}}}],
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "kafka": {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": [9093, 9094]},
        "redis": {"to": [{"ipBlock": {"cidr": "10.2.0.0/16"}}]},
        "bucket": {"to": [{"ipBlock": {"cidr": "10.3.0.0/16"}}], "ports": [9000]},
    },
    "monitoring": {"enabled": True, "labels": {"a": "b"}, "apiKeySecret": {"name": "key"}},
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
}
"""Values that take every way through the templates, but that of a volume."""
ON_A_VOLUME: dict[str, Any] = {**LEAST, "archive": {"enabled": True, "volume": {"size": "5Gi"}}}


def defaults() -> dict[str, Any]:
    """The chart's own values."""
    loaded: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
    return loaded


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay values over others, as Helm does."""
    both = {
        name: merged(base[name], value)
        for name, value in over.items()
        if isinstance(value, dict) and isinstance(base.get(name), dict)
    }
    return {**base, **over, **both}


def lint(helm: str, values: dict[str, Any], folder: Path) -> str:
    """What Helm has against the chart; nothing if all is well."""
    given = folder / "values.yaml"
    given.write_text(yaml.safe_dump(values))
    command = [helm, "lint", "--strict", "--quiet", str(CHART), "--values", str(given)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LONGEST_WAIT_S, check=False
    )
    return done.stdout if done.returncode else ""


def rendered(helm: str, values: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The manifests that Helm makes."""
    given = folder / "values.yaml"
    given.write_text(yaml.safe_dump(values))
    command = [
        helm,
        "template",
        "shop",
        str(CHART),
        "--kube-version",
        "1.33.0",
        "--values",
        str(given),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LONGEST_WAIT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]

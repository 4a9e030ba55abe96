"""Webhooks as a shop sends them: golden examples, payloads and signatures."""

import copy
import hmac
import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.connect.connectors import CONNECTORS
from services.connect.naming import Naming

GOLDEN = Path(__file__).parent / "golden"
SECRET = "shh-1"
TOPIC = {"shopify": "x-shopify-topic", "woocommerce": "x-wc-webhook-topic"}
SIGNATURE = {"shopify": "x-shopify-hmac-sha256", "woocommerce": "x-wc-webhook-signature"}
MAIN = {kind: Naming(kind, "main") for kind in CONNECTORS}


@dataclass(frozen=True)
class Golden:
    """A webhook, and its meaning."""

    kind: str
    name: str
    headers: dict[str, str]
    payload: Any
    expected: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    def changed(self, **fields: Any) -> Any:
        """Its payload with some fields replaced."""
        return {**copy.deepcopy(self.payload), **fields}


def golden(kind: str, name: str) -> Golden:
    content = json.loads((GOLDEN / kind / f"{name}.json").read_text("utf-8"))
    return Golden(kind, name, **content)


EXAMPLES = [golden(path.parent.name, path.stem) for path in sorted(GOLDEN.glob("*/*.json"))]


def signature(body: bytes, secret: str = SECRET) -> str:
    return b64encode(hmac.digest(secret.encode(), body, sha256)).decode()


def signed(kind: str, topic: str, body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a webhook."""
    return {TOPIC[kind]: topic, SIGNATURE[kind]: signature(body, secret)}

"""The AsyncAPI 3 document: the topics that others write or read, made from the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from schemas import topics
from schemas.cloud_event import CONTENT_TYPE, headers_schema
from schemas.messages.record_headers import headers_schema as quiet_headers_schema
from schemas.topics import Topic

VERSION: Final = "3.0.0"
JSON_SCHEMA: Final = "application/schema+json;version=2020-12"
KAFKA_BINDING: Final = "0.5.0"

_TAKEN_IN: Final = frozenset({*topics.SOURCES, topics.CLOCK})
"""Topics that Stammkunde reads; it writes the others."""
_AS_RECEIVED: Final = f"{topics.DEAD_LETTERS}.headers"


def asyncapi(catalogue: Sequence[Topic], descriptions: Mapping[str, str]) -> dict[str, Any]:
    """Return the document.

    `descriptions` has one for each contract with a file of its own. Topics without such a contract
    are internal, and left out.
    """
    public = [each for each in catalogue if _contract(each) in descriptions]
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Stammkunde",
            "version": "1.0.0",
            "description": "Watches every customer live and says when one is about to leave. "
            "Subscribers read with isolation.level=read_committed.",
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "kafka": {
                "host": "{brokers}",
                "protocol": "kafka",
                "variables": {"brokers": {"default": "127.0.0.1:9092"}},
            }
        },
        "channels": {each.name: _channel(each) for each in public},
        "operations": {
            f"{'take' if each.name in _TAKEN_IN else 'publish'}-{each.name}": _operation(each)
            for each in public
        },
        "components": {
            "messages": {
                each.name: _message(each, descriptions[_contract(each)]) for each in public
            }
        },
    }


def _contract(topic: Topic) -> str:
    return _AS_RECEIVED if topic.name == topics.DEAD_LETTERS else topic.name


def _channel(topic: Topic) -> dict[str, Any]:
    config = topic.config()
    return {
        "address": topic.name,
        "description": f"Written by: {topic.owner}. Value: {topic.value}.",
        "messages": {"message": {"$ref": f"#/components/messages/{topic.name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {
                    "cleanup.policy": [config["cleanup.policy"]],
                    **{name: int(config[name]) for name in ("retention.ms",) if name in config},
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operation(topic: Topic) -> dict[str, Any]:
    return {
        "action": "receive" if topic.name in _TAKEN_IN else "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/message"}],
    }


def _message(topic: Topic, description: str) -> dict[str, Any]:
    return {
        "name": topic.name,
        "summary": description,
        **_content(topic),
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": topic.key},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _content(topic: Topic) -> dict[str, Any]:
    file = {"schemaFormat": JSON_SCHEMA, "schema": {"$ref": f"{_contract(topic)}.schema.json"}}
    if topic.name == topics.DEAD_LETTERS:
        return {"headers": file, "contentType": "application/octet-stream"}
    if topic.name == topics.TRIGGERS:
        return {"headers": headers_schema(), "payload": file}
    if topic.name in topics.SOURCES:
        return {"headers": quiet_headers_schema(), "payload": file}
    return {"payload": file}

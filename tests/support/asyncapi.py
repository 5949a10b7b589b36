"""Makes docs/asyncapi.yaml from the schemas: `python -m tests.support.asyncapi`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import yaml

from schemas.create_topics import topic_config
from schemas.topics import ACCOUNT_EVENTS, MESSAGES, SENDS, STATUSES, TOPICS, Topic, schema_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "asyncapi.yaml"
AVRO = "application/vnd.apache.avro"
BINDING = "0.5.0"
KEYS = {
    STATUSES: "The message id.",
    MESSAGES: "The message id.",
    SENDS: "The message id.",
    ACCOUNT_EVENTS: "The message id if the event is about a message; otherwise there is no key.",
}
DESCRIPTION = (
    "Webhooks about WhatsApp messages, normalised. Each record is Avro in Confluent's wire format: "
    "a zero byte, a four-byte schema id, then the body. Without a schema registry of your own, the "
    "receiver answers a registry's calls on its admin port."
)

Json = dict[str, Any]


def document() -> Json:
    """The AsyncAPI document: what Bluetick sends to Kafka."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bluetick",
            "version": project["version"],
            "description": DESCRIPTION,
            "license": {"name": project["license"]},
        },
        "defaultContentType": AVRO,
        "servers": {
            "kafka": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "The embedded broker, or KAFKA_BOOTSTRAP_SERVERS.",
                "bindings": {
                    "kafka": {
                        "schemaRegistryUrl": "http://127.0.0.1:8002",
                        "schemaRegistryVendor": "confluent",
                        "bindingVersion": BINDING,
                    }
                },
            }
        },
        "channels": {topic.stem: channel(topic) for topic in TOPICS},
        "operations": {
            f"send-{topic.stem}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{topic.stem}"},
                "messages": [{"$ref": f"#/channels/{topic.stem}/messages/{name_of(topic)}"}],
            }
            for topic in TOPICS
        },
        "components": {"messages": {name_of(topic): message(topic) for topic in TOPICS}},
    }


def name_of(topic: Topic) -> str:
    return str(schema_of(topic)["name"])


def channel(topic: Topic) -> Json:
    """A topic, with the settings that Bluetick gives it."""
    config = topic_config(topic)
    settings: Json = {name: int(value) for name, value in config.items() if value.isdigit()}
    settings["cleanup.policy"] = [config["cleanup.policy"]]
    name = name_of(topic)
    return {
        "address": topic.name,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": settings,
                "bindingVersion": BINDING,
            }
        },
    }


def message(topic: Topic) -> Json:
    """A record of a topic: its schema and its key."""
    schema = schema_of(topic)
    binding: Json = {
        "schemaIdLocation": "payload",
        "schemaIdPayloadEncoding": "confluent",
        "bindingVersion": BINDING,
    }
    if topic in KEYS:
        binding["key"] = {"type": "string", "description": KEYS[topic]}
    return {
        "name": schema["name"],
        "summary": schema["doc"],
        "contentType": AVRO,
        "bindings": {"kafka": binding},
        "payload": {"schemaFormat": f"{AVRO}+json;version=1.9.0", "schema": schema},
    }


def text() -> str:
    """The document as YAML."""
    body = yaml.safe_dump(document(), sort_keys=False, width=100, allow_unicode=True)
    return "# Made from the schemas by `python -m tests.support.asyncapi`; do not edit it.\n" + body


if __name__ == "__main__":
    PAGE.write_text(text(), "utf-8")

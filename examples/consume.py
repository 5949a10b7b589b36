"""Prints each failed message, with confluent-kafka.

pip install 'confluent-kafka[avro,schemaregistry]'
"""

import os

from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer

registry = os.environ.get("SCHEMA_REGISTRY_URL", "http://127.0.0.1:8002")
decode = AvroDeserializer(SchemaRegistryClient({"url": registry}))
consumer = Consumer(
    {
        "bootstrap.servers": os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"),
        "group.id": "alerts",
        # The embedded broker lets the first member of a group wait for half of this time.
        "session.timeout.ms": 6000,
        "auto.offset.reset": "earliest",
    }
)
consumer.subscribe(["whatsapp.statuses"])
while True:
    message = consumer.poll(1.0)
    if message is None or message.error():
        continue
    status = decode(message.value(), None)
    if status["status"] == "failed":
        print(status["message_id"], status["error_code"], status["error_title"], flush=True)

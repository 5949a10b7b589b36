"""The receiver: webhooks in, normalised Avro events to Kafka out."""

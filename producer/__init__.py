"""The receiver: takes webhooks by HTTP and publishes normalised Avro events to Kafka."""

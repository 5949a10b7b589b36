"""All configuration: webhook sources, secrets, limits, the Kafka client, logging."""

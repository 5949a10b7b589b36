"""The receiver's Kafka side: the client, its thread, and what it has acknowledged."""

"""The receiver's Kafka side: the client, its thread, and the acknowledgements."""

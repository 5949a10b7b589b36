"""The consumer: records from Kafka into the warehouse, each exactly once."""

"""The consumer: lands each record of Kafka in the warehouse exactly once."""

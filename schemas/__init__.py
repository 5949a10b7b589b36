"""The events' shape: one `.avsc` a topic, and the one codec both sides use."""

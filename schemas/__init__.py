"""The schemas of the events: one `.avsc` file for each topic, and the codec for both sides."""

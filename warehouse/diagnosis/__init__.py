"""What is wrong now: which segment of the traffic is worse than its own past."""

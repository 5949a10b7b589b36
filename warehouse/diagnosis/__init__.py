"""What is wrong now: which part of the traffic is worse than its own past."""

"""Posts simulated traffic to a receiver, and checks that all of it lands once."""

"""Everything on one machine: broker, receiver, consumer and dashboard as child processes."""

"""What each part of a landing costs, and from that how much load an installation can take."""

"""`bluetick import`: what was kept elsewhere becomes events."""

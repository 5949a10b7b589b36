"""Long work on the warehouse, with a progress bar: one file for each command."""

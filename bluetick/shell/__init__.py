"""`bluetick sql`: read-only SQL on the warehouse, for one question or many."""

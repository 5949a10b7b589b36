"""`bluetick doctor`: one subject a file. A check gives findings and changes nothing."""

"""`bluetick doctor`: one file for each check. A check returns findings and changes nothing."""

"""`python -m bluetick` is `bluetick`."""

from bluetick.cli import main

main()

"""The receiver's HTTP side: routes, authentication, limits and answers."""

"""The HTTP API, a file a group of routes; each has a `router`."""

"""Built-in plug-ins: each enters through the same entry points as a stranger."""

"""Teachers that others trained, from weights that lie on this machine. Nothing is downloaded."""

"""Layers that several plug-ins share. torch only: nothing here is imported at run time."""

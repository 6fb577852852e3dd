"""The numbers of the shipped text encoder."""

from __future__ import annotations

from typing import Final

WIDTH: Final = 128
"""Numbers of a token."""

MOST_TOKENS: Final = 12
"""Tokens of a prompt, at most; the least telling are left out of a longer one."""

IGNORED: Final = frozenset(
    "a an the of on in at to with and or from by for as is are be being it its sound sounds effect some this that".split()
)
"""Words that say nothing about a sound."""

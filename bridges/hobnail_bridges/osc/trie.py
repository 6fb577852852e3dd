"""A tree of addresses: an exact address costs one look-up a part, a pattern visits only the branches that it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from hobnail_bridges.osc.matching import Part, matches, parts_of

Leaf = TypeVar("Leaf")
Found = tuple[Leaf, str | None, str]
"""What stands at an address, the name of the branch that was taken where names come and go, and the address."""


class Node(Generic[Leaf]):
    """One place in the tree. ``names`` and ``named``: branches that come and go, all with the same tree below them."""

    def __init__(self, leaf: Leaf | None = None) -> None:
        self.leaf = leaf
        self.children: dict[str, Node[Leaf]] = {}
        self.names: Callable[[], Iterable[str]] = tuple
        self.named: Node[Leaf] | None = None

    def add(self, path: str, leaf: Leaf) -> Node[Leaf]:
        """Put a leaf at ``a/b/c`` below this node; the node there."""
        node = self
        for part in path.split("/"):
            node = node.children.setdefault(part, Node())
        node.leaf = leaf
        return node

    def branches(self) -> Iterator[tuple[str, Node[Leaf], bool]]:
        """(part, node, whether the part is a name that comes and goes) of every branch."""
        for part, node in self.children.items():
            yield part, node, False
        if self.named is not None:
            for name in self.names():
                if name not in self.children:
                    yield name, self.named, True


def find(root: Node[Leaf], address: str) -> list[Found[Leaf]]:
    """Everything that an address or pattern means. A literal part may also be a name that is not there yet."""
    return list(_find(root, parts_of(address), 0, None, ""))


def _find(node: Node[Leaf], parts: tuple[Part, ...], at: int, name: str | None, address: str) -> Iterator[Found[Leaf]]:
    if at == len(parts):
        if node.leaf is not None:
            yield node.leaf, name, address
        return
    part = parts[at]
    if isinstance(part, str):
        child = node.children.get(part)
        if child is not None:
            yield from _find(child, parts, at + 1, name, f"{address}/{part}")
        elif node.named is not None:
            yield from _find(node.named, parts, at + 1, part, f"{address}/{part}")
        return
    if part is None:
        yield from _below(node, parts, at, name, address)
        return
    for branch, child, named in node.branches():
        if matches(part, branch):
            yield from _find(child, parts, at + 1, branch if named else name, f"{address}/{branch}")


def _below(node: Node[Leaf], parts: tuple[Part, ...], at: int, name: str | None, address: str) -> Iterator[Found[Leaf]]:
    """``//``: what the rest of the pattern means here, or anywhere below; the tree is finite and has no circles."""
    while at < len(parts) and parts[at] is None:
        at += 1
    seen: set[str] = set()
    stack = [(node, name, address)]
    while stack:
        here, named_here, place = stack.pop()
        for found in _find_here(here, parts, at, named_here, place):
            if found[2] not in seen:
                seen.add(found[2])
                yield found
        for branch, child, named in here.branches():
            stack.append((child, branch if named else named_here, f"{place}/{branch}"))


def _find_here(
    node: Node[Leaf], parts: tuple[Part, ...], at: int, name: str | None, address: str
) -> Iterator[Found[Leaf]]:
    part = parts[at] if at < len(parts) else None
    if isinstance(part, str) and part not in node.children and part not in set(node.names()):
        return  # below "//" a literal is no new name
    yield from _find(node, parts, at, name, address)

"""Which ``pip install`` line brings a missing package; read from installed metadata, nothing is imported."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


def extras_of(distribution: str) -> dict[str, tuple[str, ...]]:
    """Extra -> names of the packages that it brings; empty for a distribution that is not installed."""
    try:
        lines = requires(distribution) if distribution else None
    except PackageNotFoundError:
        return {}
    extras: dict[str, list[str]] = {}
    for line in lines or ():
        name, extra = _NAME.match(line), _EXTRA.search(line)
        if name and extra:
            extras.setdefault(extra[1], []).append(name[0])
    return {extra: tuple(names) for extra, names in extras.items()}


def extra_that_brings(distribution: str, package: str) -> str:
    """The extra of ``distribution`` that brings ``package``; "" when none does."""
    for extra, names in extras_of(distribution).items():
        if any(_normal(name) == _normal(package) for name in names):
            return extra
    return ""


def pip_line(distribution: str, module: str) -> str:
    """What to type to get the missing ``module``, by way of ``distribution``'s extra when it has one for it."""
    package, _, inner = module.partition(".")
    if inner and find_spec(package) is not None:  # the package is there, a part of it is not
        return f"pip install --force-reinstall {distribution or package}"
    extra = extra_that_brings(distribution, package)
    return f'pip install "{distribution}[{extra}]"' if extra else f"pip install {package}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()

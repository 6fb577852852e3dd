"""Something that stands before an engine, to time it or to note what it is asked, and hides nothing that it offers."""

from __future__ import annotations

from typing import Any

from hobnail.contracts import Engine


def fronted(front: type[Engine], engine: Engine, *given: object) -> Engine:
    """``front(engine, *given)``, with everything else that the engine offers passed on, also to ``isinstance``.

    ``front`` is a class that keeps the engine as ``_engine``.
    """
    extras = {name: _passed_on(name) for name in dir(engine) if not name.startswith("_") and not hasattr(front, name)}
    kind = type(f"{front.__name__}Of{type(engine).__name__}", (front,), extras)
    made: Engine = kind(engine, *given)
    return made


def _passed_on(name: str) -> property:
    def read(self: Any) -> Any:  # noqa: ANN401 - whatever the engine's attribute is
        return getattr(self._engine, name)

    return property(read)

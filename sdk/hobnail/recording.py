"""What a recorder of a session has to do: it stands between pipeline, engines and mixer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hobnail.commands import AnyCommand
from hobnail.config import Config
from hobnail.contracts import Engine
from hobnail.notices import AnyNotice
from hobnail_native import Mixer


class SessionRecorder(Protocol):
    """Given to ``Session`` or ``Server``. [control] unless said otherwise."""

    def new_mixer(self, **arguments: Any) -> Mixer:  # noqa: ANN401 - handed on as new_mixer gives them
        """The session's mixer."""

    def noted(self, engines: Mapping[str, Engine]) -> Mapping[str, Engine]:
        """The same engines, with something before them that listens."""

    def open(self, config: Config) -> None:
        """The session begins. Raises SinkError."""

    def close(self) -> None:
        """It is over. Raises SinkError."""

    def took(self, command: AnyCommand) -> None:
        """[engine] A command reached the session."""

    def answered(self, notices: Sequence[AnyNotice]) -> None:
        """[engine] What the session said."""

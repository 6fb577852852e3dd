"""What a client is told when its command could not be carried out."""

from __future__ import annotations

import logging

from hobnail.commands import AnyCommand, TriggerEvent
from hobnail.errors import EngineError, MessageError

_log = logging.getLogger(__name__)


def refusal_of(error: Exception, command: AnyCommand) -> MessageError:
    """The answer to whatever carrying out a command raised; an error that is nobody's fault but ours is logged."""
    if isinstance(error, MessageError):
        return error
    if isinstance(error, EngineError):
        return MessageError("engine_failed", error.problem, cure="Report it to the engine's author.")
    _log.error("A command could not be carried out: %r", command, exc_info=error)
    problem = f"The session could not do this: {type(error).__name__}: {error}."
    return MessageError("engine_failed", problem, cure="Please report it with the server's log.")


def not_running(event: TriggerEvent) -> MessageError:
    """The answer to a stop of what was not started."""
    problem = f"{event.name!r} is not running on {event.emitter!r}."
    return MessageError("not_running", problem, path="$.action", cure="Send action 'start' first.")

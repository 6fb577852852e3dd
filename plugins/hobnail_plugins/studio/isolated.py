"""An effect in a process of its own: a crash or a hang there is an error here, and costs one stem."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from hobnail.children import python
from hobnail.contracts import Float32
from hobnail.errors import BrokenPluginError, PluginError
from hobnail_plugins.studio import pipe


class ChildProcess:
    """One child with its two pipes. Every question has a time limit; after a fault it is gone. [one thread]"""

    def __init__(self, name: str) -> None:
        self._name = name
        self._process = subprocess.Popen(
            python("hobnail_plugins.studio.child"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def ask(self, timeout_s: float, **message: object) -> dict[str, Any]:
        """The answer to a message. Raises PluginError when the child hangs, dies or refuses."""
        try:
            if self._process.stdin is not None:
                pipe.write(self._process.stdin, message)
            answer = self._answers.get(timeout=timeout_s)
        except queue.Empty:
            self.close()
            raise HungError(
                f"did not answer within {timeout_s:g} s and was ended.", plugin=self._name, cure="Raise timeout_s."
            ) from None
        except OSError:
            answer = None
        if answer is None:
            code = self._process.wait()
            self.close()
            how = f"by signal {-code}" if code < 0 else f"with code {code}"
            raise CrashedError(
                f"its process ended {how}.", plugin=self._name, cure="Leave it out, or try another version."
            )
        if "error" in answer:
            raise PluginError(answer["error"], plugin=self._name, cure=answer.get("cure", ""))
        return answer

    def close(self) -> None:
        """End the child."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:  # what was still to be sent has no reader any more
                return

    def __del__(self) -> None:
        if self._process.poll() is None:
            self.close()

    def _listen(self) -> None:
        answers = self._process.stdout
        if answers is None:
            return
        with answers:
            while (answer := pipe.read(answers)) is not None:
                self._answers.put(answer)
        self._answers.put(None)


class CrashedError(BrokenPluginError):
    """The plug-in took its process with it."""


class HungError(BrokenPluginError):
    """The plug-in did not answer in time."""


class IsolatedEffect:
    """An effect that is built and run in a child. Implements :class:`hobnail.contracts.Effect`.

    ``function``: "module:name" of what builds it there from ``settings``.
    """

    def __init__(
        self, function: str, settings: Mapping[str, Any], *, name: str, load_timeout_s: float, timeout_s: float
    ) -> None:
        self._timeout_s = timeout_s
        self._load_timeout_s = load_timeout_s
        self._child = ChildProcess(name)
        loaded = self._child.ask(load_timeout_s, do="load", function=function, settings=dict(settings))
        self._latency = int(loaded["latency_frames"])

    @property
    def latency_frames(self) -> int:
        """[any] As the child said."""
        return self._latency

    def init_state(self, rate_hz: int, channels: int) -> int:
        """[control] Begin anew there; the state here is only the number of channels. Raises PluginError."""
        self._child.ask(self._load_timeout_s, do="init", rate_hz=rate_hz, channels=channels)
        return channels

    def process(self, block: Float32, state: object) -> tuple[Float32, object]:
        """[engine] float32 [frames, channels] there and back. Raises PluginError (CrashedError, HungError)."""
        data = np.ascontiguousarray(block, "<f4").tobytes()
        answer = self._child.ask(self._timeout_s, do="process", data=data, channels=block.shape[1])
        return np.frombuffer(answer["data"], "<f4").reshape(-1, block.shape[1]).astype(np.float32), state

"""Networks that a user has as ONNX files: opened, looked at and run. Encoders of local weights need nothing else.

onnxruntime is imported when a network is opened; without it the error names the extra.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hobnail.contracts import Float32
from hobnail.errors import ConfigError, EngineError, MissingExtraError

_KINDS: Final = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}
_COPY: Final = (
    "Copy the file again, with its .onnx_data if it has one; a Git LFS pointer becomes the file by `git lfs pull`."
)


class Value(NamedTuple):
    """An input or output."""

    kind: str  #: as onnxruntime says it: "tensor(float)"
    shape: tuple[int | None, ...]  #: None where the size may vary


class Network:
    """An open network. [any thread]"""

    def __init__(self, file: Path, session: Any) -> None:  # noqa: ANN401 - onnxruntime ships no types
        self.file = file
        self._session = session
        self.inputs: dict[str, Value] = {each.name: _value(each) for each in session.get_inputs()}
        self.outputs: dict[str, Value] = {each.name: _value(each) for each in session.get_outputs()}

    def require(self, *, given: Sequence[str], may: Sequence[str] = (), one_of: Sequence[str]) -> str:
        """The first output of ``one_of``. Raises ConfigError unless inputs are ``given`` and at most ``may`` too."""
        missing, strange = [name for name in given if name not in self.inputs], self.inputs.keys() - {*given, *may}
        if missing or strange:
            raise ConfigError(
                f"{self.file}: its inputs are {_listed(self.inputs)}, expected {', '.join(given)}"
                f"{' and perhaps ' + ', '.join(may) if may else ''}.",
                cure="Give the ONNX file of that model, as its page describes it.",
            )
        for name, value in self.inputs.items():
            if value.kind not in _KINDS:
                raise ConfigError(f"{self.file}: its input {name} is a {value.kind}.", cure="Export it anew.")
        if (output := next((name for name in one_of if name in self.outputs), None)) is None:
            raise ConfigError(
                f"{self.file}: its outputs are {_listed(self.outputs)}, expected {' or '.join(one_of)}.",
                cure="Give the ONNX file of that model, as its page describes it.",
            )
        return output

    def run(self, values: Mapping[str, NDArray[Any]], output: str) -> Float32:
        """One output as float32; those of ``values`` that are inputs are given in their kind. Raises EngineError."""
        given = {
            name: np.ascontiguousarray(values[name], _KINDS[value.kind])
            for name, value in self.inputs.items()
            if name in values
        }
        try:
            (found,) = self._session.run([output], given)
        except Exception as error:  # onnxruntime's own errors share no base but this
            raise EngineError(f"{self.file}: the network failed: {_first_line(error)}", cure=_COPY) from error
        return np.asarray(found, np.float32)


def open_network(file: Path, *, part: str, threads: int = 1) -> Network:
    """The network of a file. ``part`` is whose it is, for messages. Raises ConfigError, MissingExtraError."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError(part, extra="cpu") from error
    if not file.is_file():
        raise ConfigError(f"{part}: there is no file {file}.", cure="Look at the setting `path`.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # an error is raised, not printed too
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no base but this
        raise ConfigError(f"{file}: not a whole ONNX network: {_first_line(error)}", cure=_COPY) from error
    return Network(file, session)


def _value(each: Any) -> Value:  # noqa: ANN401 - onnxruntime ships no types
    return Value(each.type, tuple(size if isinstance(size, int) else None for size in each.shape))


def _listed(names: Mapping[str, Value]) -> str:
    return ", ".join(names) or "none"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:300]

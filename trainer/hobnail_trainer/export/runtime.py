"""onnxruntime for the trainer: sessions as the engine has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hobnail.errors import MissingExtraError

if TYPE_CHECKING:
    import onnxruntime


def session_of(model: bytes | Path) -> onnxruntime.InferenceSession:
    """One thread, no spinning, on the CPU. Raises MissingExtraError."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("exporting", extra="cpu") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])

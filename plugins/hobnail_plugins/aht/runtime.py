"""onnxruntime, as the engine makes sessions with it: one thread, no spinning, on the device that was asked for.

Where a session runs is what it says after it was made: a package for GPUs lists CUDA on any machine. onnxruntime is
imported here and nowhere else, when a session is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from hobnail.errors import BundleError, MissingExtraError
from hobnail_plugins.aht.safe_mode import cache_folder

if TYPE_CHECKING:
    import onnxruntime

Device = Literal["auto", "cpu", "cuda", "tensorrt"]

CPU: Final = "CPUExecutionProvider"
CUDA: Final = "CUDAExecutionProvider"
TENSORRT: Final = "TensorrtExecutionProvider"
_WANTED: Final[Mapping[Device, tuple[str, ...]]] = {
    "auto": (CUDA,),
    "cpu": (),
    "cuda": (CUDA,),
    "tensorrt": (TENSORRT, CUDA),
}
"""Tried in order, before the CPU; of ``auto`` those that the installed package has."""
_LEAST: Final = (1, 23)
"""The first onnxruntime with the operations of our graphs."""


def runtime_for(device: Device) -> ModuleType:
    """[control] The package. Raises MissingExtraError, and BundleError for one that is too old."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("the neural engine", extra=_extra(device)) from error
    version = tuple(int(part) for part in onnxruntime.__version__.split(".")[:2])
    if version < _LEAST:
        raise BundleError(
            f"onnxruntime is {onnxruntime.__version__}, expected {'.'.join(map(str, _LEAST))} or later.",
            cure='pip install -U "onnxruntime>=1.23"',
        )
    return cast("ModuleType", onnxruntime)


def session_on(runtime: ModuleType, path: Path, device: Device, *, captured: bool) -> onnxruntime.InferenceSession:
    """[control] A graph, loaded. ``captured``: its passes may be captured as CUDA graphs.

    Raises BundleError for a graph that cannot be loaded, MissingExtraError for a device that the package does not know.
    """
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3
    there = runtime.get_available_providers()
    if device in ("cuda", "tensorrt") and _WANTED[device][0] not in there:
        raise MissingExtraError(f"the neural engine on {device}", extra="cuda")
    wanted = [(each, _settings_of(each, captured=captured)) for each in _WANTED[device] if each in there]
    try:
        session = runtime.InferenceSession(str(path), options, providers=[*wanted, CPU])
    except Exception as error:  # onnxruntime raises many kinds, and plain RuntimeError
        raise BundleError(
            f"{path}: onnxruntime {runtime.__version__} cannot load it: {str(error)[:300]}",
            cure="Update onnxruntime, or export the bundle again.",
        ) from error
    return session


def captured_as(runtime: ModuleType, number: int) -> Any:  # noqa: ANN401 - onnxruntime's own RunOptions
    """Options of a run that is captured as this graph the first time, and played again later; -1: it is not."""
    options = runtime.RunOptions()
    options.add_run_config_entry("gpu_graph_id", str(number))
    return options


def _settings_of(provider: str, *, captured: bool) -> dict[str, str]:
    if provider == CUDA:
        return {"enable_cuda_graph": "1"} if captured else {}
    engines = cache_folder() / "tensorrt"  # to build one takes minutes
    engines.mkdir(parents=True, exist_ok=True)
    kept = {"trt_engine_cache_enable": "True", "trt_engine_cache_path": str(engines)}
    return kept | ({"trt_cuda_graph_enable": "True"} if captured else {})


def _extra(device: Device) -> str:
    return "cuda" if device in ("cuda", "tensorrt") else "cpu"

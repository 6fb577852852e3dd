"""INT8 against float32: what quantising a bundle saves and what it changes, with the same noise."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hobnail_plugins.aht.bundle import read_manifest
from hobnail_trainer.reproduce import claims
from hobnail_trainer.reproduce.model import REFUTED, SUPPORTED, Cells, Outcome, Rule, not_run

MOST_ERROR: Final = 0.05  #: of the velocity, root mean square
GRAPHS: Final = ("tell.onnx", "see.onnx", "remember.onnx", "step.onnx")


def measure_precision(bundle: Path) -> Outcome:
    """From what its export measured and from its files. Raises BundleError."""
    manifest = read_manifest(bundle)
    if not manifest.training.parameters:
        claim, rule = "8 bits save memory and keep quality", "files 70 % smaller"
        return not_run(
            "int8", "INT8 against float32", claim, rule, "the bundle does not say how many parameters it has"
        )
    sizes = {file.name: file.bytes for file in manifest.files}
    whole = 4 * manifest.training.parameters
    small = sum(sizes[name] for name in GRAPHS)
    saved = 100.0 * (1.0 - small / whole)
    error = manifest.error.get("velocity", float("nan"))
    rows = [
        ["graphs, all four", f"{whole:,} bytes (4 a parameter)", f"{small:,} bytes", f"{saved:.0f} % less"],
        [
            "velocity, relative RMS",
            "0",
            f"{error:.4f}",
            f"worst batch {manifest.error.get('velocity_worst_batch', 0.0):.4f}",
        ],
        ["weights of streams, largest change", "0", f"{manifest.error.get('weights_most', 0.0):.4f}", ""],
    ]
    passes = [[name, f"{ms:.2f} ms"] for name, ms in manifest.latency.passes.items()]
    kept = saved >= 70.0 and error <= MOST_ERROR
    return Outcome(
        id="int8",
        title="INT8 against float32",
        scale=f"bundle {manifest.name}, {manifest.precision}, {manifest.training.parameters:,} parameters",
        rules=[
            Rule(
                claim=f'"INT8/FP8" saves up to {claims.MEMORY_SAVED:g} % of memory and keeps quality',
                rule=f"files at least 70 % smaller than float32, velocity within {MOST_ERROR:.0%}",
                measured=f"{saved:.0f} % smaller, {error:.2%} off",
                verdict=SUPPORTED if kept else REFUTED,
            )
        ],
        tables=[
            Cells(title="With the same noise", heads=["what", "float32", "measured INT8", ""], rows=rows),
            Cells(
                title=f"One pass, {manifest.latency.machine}, {manifest.latency.runtime}",
                heads=["what", "median"],
                rows=passes,
            ),
        ],
        notes=[
            "8 bits for 32 can save 75 % at most; norms, gates and small tables stay float32.",
        ],
    )

"""``card.md``: a bundle in words, every number from its manifest."""

from __future__ import annotations

from hobnail_plugins.aht.manifest import Manifest


def card_of(manifest: Manifest) -> str:
    """A page for whoever finds the folder."""
    training, sampling = manifest.training, manifest.sampling
    passes = sorted({len(at) - 1 for at in sampling.times.values()})
    lines = [
        f"# {manifest.name}",
        "",
        "A model of Foley for Hobnail: events, words and scene features in, latents of the codec "
        f"`{manifest.codec.id}` out.",
        "",
        "| | |",
        "|---|---|",
        f"| parameters | {training.parameters:,} |",
        f"| precision | {manifest.precision} |",
        f"| parts | {', '.join(f'{each.place} `{each.id}`' for each in manifest.components)} |",
        f"| trained | {training.steps} steps of `{training.preset}`, stage {training.stage}, {training.hours:g} h |",
        f"| trained on | {', '.join(training.licences) or 'unknown'} recordings, corpus {training.corpus:.16} |",
        f"| passes for a block | {', '.join(map(str, passes))}, guidance {sampling.guidance:g} |",
        f"| palettes | {', '.join(manifest.adapters.palettes) or 'none'} |",
        f"| licence | {manifest.licence}; see NOTICE for what it was made from |",
    ]
    if manifest.error:
        lines += ["", "Against float32 with the same noise:", ""]
        lines += [f"* {name}: {value:g}" for name, value in manifest.error.items()]
    lines += ["", f"One pass on one thread of {manifest.latency.machine}, {manifest.latency.runtime}, median:", ""]
    lines += [f"* {name}: {value:g} ms" for name, value in manifest.latency.passes.items()]
    return "\n".join(lines) + "\n"

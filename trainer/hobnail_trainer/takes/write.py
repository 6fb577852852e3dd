"""The comparison as a page."""

from __future__ import annotations

from collections.abc import Sequence

from hobnail_trainer.takes.measure import MOST, Comparison


def page(found: Sequence[Comparison], *, takes: int, seed: int, commit: str) -> str:
    """Markdown."""
    lines = [
        "# Takes beside takes",
        "",
        f"{takes} takes of an engine for each family, seed {seed}, commit {commit}. A spread is the mean distance of",
        "two takes between embeddings. Rule, written before the run: takes differ as real ones do where the mean",
        f"ratio, its interval included, lies between {1 / MOST:g} and {MOST:g}.",
        "",
    ]
    for one in found:
        engines = list(one.ratios)
        lines += [
            f"## {one.judge}",
            "",
            "| family | event | takes | real | " + " | ".join(engines) + " |",
            "|---|---|---|---|" + "---|" * len(engines),
        ]
        for row in one.families:
            spreads = " | ".join(f"{row.engines[engine].value:.2f}" for engine in engines)
            asked, real = f"{row.event} on {row.material}", row.real
            lines.append(f"| {row.family} | {asked} | {real.takes} | {real.value:.2f} | {spreads} |")
        lines += ["", f"Real sounds of different families are {one.apart:.2f} apart.", ""]
        for engine, ratio in one.ratios.items():
            said = "as real takes do" if ratio.alike else "not as real takes do"
            lines.append(
                f"- **{engine}**: {ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f}) times the real spread: {said}"
            )
        lines.append("")
    return "\n".join(lines)

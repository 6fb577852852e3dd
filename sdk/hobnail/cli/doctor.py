"""``hobnail doctor``: what works here, what does not, and what cures it."""

from __future__ import annotations

import sys

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hobnail.doctor import Finding, examine, healthy
from hobnail.host import Host

_MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "fault": "[red]fault[/]"}


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(as_json: bool) -> None:
    """Look at this machine and this installation; exits with 1 when something does not work."""
    findings = examine(Host.discovered())
    if as_json:
        report = {"healthy": healthy(findings), "findings": findings}
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        _print(findings)
    if not healthy(findings):
        sys.exit(1)


def _print(findings: tuple[Finding, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("", "checked", "found", "cure"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(_MARKS[finding.state], *(escape(text) for text in (finding.check, finding.found, finding.cure)))
    Console().print(table)

"""``hobnail doctor``: what works here, what does not, and what cures it."""

from __future__ import annotations

import sys

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hobnail.doctor import examine, healthy
from hobnail.findings import Finding
from hobnail.host import Host

_MARKS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "fault": "[red]fault[/]"}


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--connect", "address", metavar="ADDRESS", help="Look at a running server instead: tcp://127.0.0.1:9710.")
@click.option(
    "--watch",
    "watch_s",
    type=click.FloatRange(0, 600),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="With --connect: how long to look at what comes in.",
)
def command(as_json: bool, address: str | None, watch_s: float) -> None:
    """Look at this machine and this installation; exits with 1 when something does not work.

    With --connect: why a program and a running server do not find or do not understand each other.
    """
    if address is not None:
        from hobnail.connecting import examine_connection

        findings = examine_connection(address, watch_s)
    else:
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

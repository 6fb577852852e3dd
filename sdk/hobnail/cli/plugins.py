"""``hobnail plugins``: what is installed, what each plug-in offers, and what was left out."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hobnail.config import load_config
from hobnail.host import Failure, Host
from hobnail.registry import KINDS, TABLES
from hobnail.settings import FieldHelp, describe


class OfferReport(msgspec.Struct, frozen=True, kw_only=True):
    """One offer as people and scripts read it."""

    kind: str
    id: str
    help: str
    settings: tuple[FieldHelp, ...]


class PluginReport(msgspec.Struct, frozen=True, kw_only=True):
    """One plug-in as people and scripts read it."""

    name: str
    distribution: str
    version: str
    offers: tuple[OfferReport, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that ``hobnail plugins --json`` prints."""

    plugins: tuple[PluginReport, ...]
    failures: tuple[Failure, ...]


@click.command(name="plugins")
@click.option("--config", type=click.Path(path_type=Path), help="A TOML file; its [plugins] table is obeyed.")
@click.option("--only", multiple=True, metavar="NAME", help="Load this plug-in and the built-ins, nothing else.")
@click.option("--disable", multiple=True, metavar="NAME", help="Leave this plug-in out.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(config: Path | None, only: tuple[str, ...], disable: tuple[str, ...], as_json: bool) -> None:
    """List the plug-ins, what each offers and its settings, and those that were left out with the cure."""
    wanted = load_config(config).plugins
    host = Host.discovered(only=only or wanted.only, disable=(*wanted.disable, *disable))
    report = report_of(host)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        _print(report)


def report_of(host: Host) -> Report:
    """What a host has loaded and what it left out."""
    offers = [offer for kind in KINDS for offer in host.offers(kind)]
    return Report(
        plugins=tuple(
            PluginReport(
                name=plugin.name,
                distribution=plugin.distribution,
                version=plugin.version,
                offers=tuple(
                    OfferReport(
                        kind=TABLES[offer.kind],
                        id=offer.id,
                        help=offer.help,
                        settings=describe(offer.config) if offer.config is not None else (),
                    )
                    for offer in offers
                    if offer.plugin == plugin.name
                ),
            )
            for plugin in host.plugins
        ),
        failures=host.failures,
    )


def _print(report: Report) -> None:
    console = Console()
    for plugin in report.plugins:
        whose = f"{plugin.distribution} {plugin.version}".strip() or "added by this program"
        console.print(f"[bold]{escape(plugin.name)}[/]  [dim]{escape(whose)}[/]")
        table = Table(box=None, show_header=False, padding=(0, 2))
        for offer in plugin.offers:
            table.add_row(offer.kind, f"[bold]{escape(offer.id)}[/]", escape(offer.help))
            for setting in offer.settings:
                default = f"= {setting.default}" if setting.default else "(must be given)"
                what = f"{setting.name} {default}  {setting.help}  ({setting.type})"
                table.add_row("", "", f"[dim]{escape(what)}[/]")
        console.print(table)
    for failure in report.failures:
        whose = f"{failure.distribution} {failure.version}".strip()
        console.print(f"[red]left out: {escape(failure.name)}[/]  [dim]{escape(whose)}[/]")
        console.print(f"  {escape(failure.problem)}\n  {escape(failure.cure)}", highlight=False)

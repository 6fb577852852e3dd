"""``hobnail doctor --connect``: why a client and a server do not find or do not understand each other."""

from __future__ import annotations

import time

from hobnail.audio import frames_to_ms
from hobnail.client import Client
from hobnail.errors import ClientError
from hobnail.findings import Finding
from hobnail.judging import judge
from hobnail.metrics import Metrics
from hobnail.probing import Endpoint, endpoint_of, explained, probe
from hobnail.version import version
from hobnail.watching import Seen

_NAME = "doctor"


def examine_connection(address: str, watch_s: float) -> tuple[Finding, ...]:
    """From the port to the messages; ends at the first thing that makes all others impossible."""
    try:
        endpoint = endpoint_of(address)
    except ClientError as error:
        return (Finding(check="address", state="fault", found=error.problem, cure=error.cure),)
    problem, cure = explained(probe(endpoint))
    if problem:
        return (Finding(check="control port", state="fault", found=problem, cure=cure),)
    findings = [Finding(check="control port", state="ok", found=f"{endpoint} is a Hobnail control socket")]
    try:
        with Client(address, name=_NAME) as client:
            findings += _greeting(client, endpoint)
            findings += _watched(client, watch_s)
    except ClientError as error:
        findings.append(Finding(check="greeting", state="fault", found=error.problem, cure=error.cure))
    return tuple(findings)


def _greeting(client: Client, endpoint: Endpoint) -> list[Finding]:
    welcome = client.welcome
    latency = welcome.latency
    total_ms = frames_to_ms(latency.buffer_frames + latency.model_frames + latency.transport_frames)
    found = f"Hobnail {welcome.version}, engine {welcome.engine}, {total_ms:.1f} ms ({welcome.latency_mode})"
    same = welcome.version == version()
    findings = [
        Finding(
            check="server",
            state="ok" if same else "note",
            found=found,
            cure="" if same else f"This command is of Hobnail {version()}; both speak protocol 1.",
        ),
        Finding(check="clock", state="ok", found=f"known to {client.clock_error_ms():.2f} ms"),
    ]
    for name, port in (("audio port", welcome.audio_port), ("telemetry port", welcome.telemetry_port)):
        if not port:
            findings.append(Finding(check=name, state="note", found="the server has none"))
            continue
        problem, cure = explained(probe(Endpoint(endpoint.host, port)), wanted="XPUB")
        answers = f"{port} answers"
        findings.append(Finding(check=name, state="fault" if problem else "ok", found=problem or answers, cure=cure))
    return findings


def _watched(client: Client, watch_s: float) -> list[Finding]:
    """What comes in for a while, and how the session does meanwhile."""
    seen: list[Seen] = []
    metrics: Metrics | None = None
    with client.telemetry("monitor") as stream, client.telemetry("metrics") as figures:
        ends = time.monotonic() + watch_s
        while (left := ends - time.monotonic()) > 0:
            one = stream.read(timeout_s=min(left, 0.1))
            if isinstance(one, Seen) and one.client != client.welcome.client:
                seen.append(one)
            newest = figures.read(timeout_s=0.0)
            metrics = newest if isinstance(newest, Metrics) else metrics
    findings = judge(seen)
    if metrics is None:
        cure = "A firewall may let the control port through and not the telemetry port."
        findings.append(Finding(check="figures", state="note", found="none came", cure=cure))
    else:
        findings.append(_session(metrics))
    return findings


def _session(metrics: Metrics) -> Finding:
    found = f"{metrics.voices} voices, {metrics.emitters} emitters, {metrics.events} events, peak {metrics.peak:.2f}"
    if metrics.underruns:
        cure = "The machine is too slow or too busy: fewer voices, another engine, or a higher priority (above)."
        return Finding(check="session", state="note", found=f"{found}, {metrics.underruns} underruns", cure=cure)
    return Finding(check="session", state="ok", found=found)

"""The page for Prometheus: every line is of its format, the port is loopback's, and strangers' names are sent away."""

import re
import socket
import urllib.request
from urllib.error import HTTPError

import pytest

from hobnail import Metrics, SinkError
from hobnail.audio import Latency
from hobnail.histogram import Histogram
from hobnail.telemetry import PrometheusConfig, PrometheusExporter
from hobnail.telemetry.exposition import exposition
from hobnail.testing import check_exporter

SAMPLE = re.compile(r'^hobnail_[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\.)*"(,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? \S+$')
FREE = PrometheusConfig(port=0)


def distribution(*values_ms):
    histogram = Histogram()
    for value in values_ms:
        histogram.add(value)
    return histogram.bins()


FULL = Metrics(
    frame=96_000,
    events=7,
    hop_bins=distribution(0.4, 1.5, 1500.0),
    event_latency_bins=distribution(2.5),
    latency=Latency(buffer_frames=64, device_frames=480),
    overload={"fewer_passes": 3},
    engines={"odd": {'a "quoted"\nname\\': 0.5}},
)


def samples(text):
    """Name with labels -> value."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not SAMPLE.match(line)] == []
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_every_line_is_a_sample_or_a_comment_and_every_family_has_its_type():
    text = exposition(FULL)
    found = samples(text)
    families = set(re.findall(r"^# TYPE (\w+) (?:counter|gauge|histogram)$", text, re.MULTILINE))
    for name in found:
        bare = name.partition("{")[0]
        assert bare in families or re.sub(r"_(bucket|sum|count)$", "", bare) in families, name
    assert found["hobnail_events_total"] == 7
    assert found['hobnail_latency_seconds{part="device"}'] == 0.01
    assert found['hobnail_overload_steps_total{step="fewer_passes"}'] == 3
    assert 'figure="a \\"quoted\\"\\nname\\\\"' in text


def test_a_histogram_is_cumulative_and_ends_with_everything():
    found = samples(exposition(FULL))
    buckets = [value for name, value in found.items() if name.startswith("hobnail_hop_seconds_bucket")]
    assert buckets == sorted(buckets)
    assert buckets[0] == 1
    assert buckets[-1] == found["hobnail_hop_seconds_count"] == 3
    assert found['hobnail_hop_seconds_bucket{le="1"}'] == 2


@pytest.fixture
def exporter():
    exporter = PrometheusExporter(FREE)
    exporter.export(FULL)
    yield exporter
    exporter.close()


def fetch(url, host=None):
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def test_the_newest_snapshot_is_served(exporter):
    assert samples(fetch(exporter.address))["hobnail_frame"] == 96_000
    exporter.export(Metrics(frame=120_000))
    assert samples(fetch(exporter.address))["hobnail_frame"] == 120_000


@pytest.mark.parametrize(("path", "host", "code"), [("/", None, 404), ("/metrics", "evil.example", 403)])
def test_anything_else_is_refused(exporter, path, host, code):
    with pytest.raises(HTTPError) as refused:
        fetch(exporter.address.replace("/metrics", path), host)
    assert refused.value.code == code
    refused.value.close()


def test_it_listens_on_loopback_only(exporter):
    port = int(exporter.address.rsplit(":", 1)[1].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    with pytest.raises(OSError, match=r"refused|unreachable|denied"), socket.create_connection(("127.0.0.2", port), 5):
        pass


def test_a_taken_port_is_named_with_its_setting():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SinkError, match=rf"Port {port} .*\[telemetry.prometheus\] port"):
            PrometheusExporter(PrometheusConfig(port=port)).export(Metrics())


def test_it_keeps_the_contract_of_exporters():
    check_exporter(PrometheusExporter(FREE))

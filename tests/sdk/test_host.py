"""The host takes what keeps its word, and leaves the rest out, whole and with the cure."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from hobnail import Config, ConfigError, Host, MissingExtraError, PluginError, builtins, hookimpl
from hobnail.sinks import NullSink
from hobnail.testing import FakeEngine


def sink_plugin(*ids):
    @hookimpl
    def hobnail_register_sinks(register):
        for id in ids:
            register(id, NullSink, help="Nothing.")

    return SimpleNamespace(hobnail_register_sinks=hobnail_register_sinks)


def host_with(*plugins):
    host = Host()
    host.add(builtins, "builtins")
    for index, plugin in enumerate(plugins):
        host.add(plugin, f"plugin{index}")
    return host


def ids(host, kind="sinks"):
    return [offer.id for offer in host.offers(kind)]


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """Writes a module and gives its entry point."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def write(name, code):
        (tmp_path / f"{name}_module.py").write_text(code, encoding="utf-8")
        made.append(f"{name}_module")
        return EntryPoint(name, f"{name}_module", "hobnail")

    yield write
    for name in made:
        sys.modules.pop(name, None)


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Installs a distribution that offers the plug-in ``acme``, as pip would leave it on the disk."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(name, code, requires=""):
        (tmp_path / "acme_module.py").write_text(code, encoding="utf-8")
        info = tmp_path / f"{name.replace('-', '_')}-1.2.3.dist-info"
        info.mkdir()
        needs = f"Requires-Dist: {requires}\nProvides-Extra: device\n" if requires else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.3\n{needs}", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text("[hobnail]\nacme = acme_module\n", encoding="utf-8")

    yield install
    sys.modules.pop("acme_module", None)


ENGINE = """
from hobnail import hookimpl
def build():
    BODY
@hookimpl
def hobnail_register_engines(register):
    register("acme", build, help="Nothing.")
"""

GOOD = """
from hobnail import hookimpl
from hobnail.sinks import NullSink
@hookimpl
def hobnail_register_sinks(register):
    register("quiet", NullSink, help="Nothing.")
"""


def test_builtins_enter_by_the_entry_point():
    host = Host.discovered(only=())
    assert [plugin.name for plugin in host.plugins] == ["builtins"]
    assert ids(host) == ["null", "wav", "device"]
    assert ids(host, "controls") == ["pitch", "intensity", "texture"]


def test_two_hosts_know_nothing_of_each_other():
    one, other = Host(), Host()
    one.add(sink_plugin("quiet"), "one")
    assert ids(one) == ["quiet"]
    assert ids(other) == []


@pytest.mark.parametrize(
    ("code", "problem", "cure"),
    [
        ("import no_such_package_at_all", "No module named", "pip install no_such_package_at_all"),
        ("raise RuntimeError('sulking')", "RuntimeError: sulking", "--disable broken"),
        ("raise SystemExit(3)", "SystemExit: 3", "--disable broken"),
        ("def f(:", "SyntaxError", "--disable broken"),
        (GOOD.replace("register_sinks", "register_sink"), "hobnail_register_sink is not a hook", "register_sinks"),
        (GOOD.replace("(register)", "(registrar)"), "registrar", "docs/hooks.md"),
        (GOOD.replace("@hookimpl\n", ""), "is not marked", "@hookimpl"),
        (GOOD.replace('"quiet"', '"not a word"'), "'not a word' is not a word", "register()"),
        (GOOD.replace('"quiet", NullSink', '"quiet", 3'), "build of 'quiet' is int", "register()"),
        (GOOD.replace('help="Nothing."', "config=dict"), "msgspec.Struct", "register()"),
        (GOOD + "\n    raise ValueError('late')", "ValueError: late", "--disable broken"),
        (GOOD + "\n    raise SystemExit", "SystemExit", "--disable broken"),
        ("x = 1", "it has no hook", "hobnail_register_engines"),
        (
            GOOD.replace('    register("quiet", NullSink, help="Nothing.")', "    pass"),
            "it offers nothing",
            "register()",
        ),
    ],
)
def test_a_broken_plugin_is_reported_with_the_cure_and_the_others_live(entry, code, problem, cure):
    host = Host()
    host.discover([entry("broken", code), entry("good", GOOD)])
    assert [plugin.name for plugin in host.plugins] == ["good"]
    (failure,) = host.failures
    assert failure.name == "broken"
    assert problem in failure.problem
    assert cure in failure.cure
    assert ids(host) == ["quiet"]


def test_a_plugin_that_fails_late_leaves_nothing_behind():
    @hookimpl
    def hobnail_register_engines(register):
        register("fake", FakeEngine)

    @hookimpl
    def hobnail_register_sinks(register):
        register("quiet", NullSink)
        raise OSError("no")

    host = host_with()
    plugin = SimpleNamespace(
        hobnail_register_engines=hobnail_register_engines, hobnail_register_sinks=hobnail_register_sinks
    )
    with pytest.raises(OSError, match="no"):
        host.add(plugin, "late")
    assert ids(host, "engines") == []
    assert "quiet" not in ids(host)
    host.add(sink_plugin("quiet"), "late")  # the name is free again
    assert "quiet" in ids(host)


def test_a_taken_id_names_both_plugins():
    host = host_with(sink_plugin("quiet"))
    with pytest.raises(PluginError, match=r"plug-in 'second'.*'quiet' is taken by plug-in 'plugin0'"):
        host.add(sink_plugin("loud", "quiet"), "second")
    assert "loud" not in ids(host)


def test_a_refusal_sticks_even_when_the_plugin_swallows_it():
    @hookimpl
    def hobnail_register_sinks(register):
        try:
            register("null", NullSink)
        except PluginError:
            register("other", NullSink)

    host = host_with()
    with pytest.raises(PluginError, match="taken by plug-in 'builtins'"):
        host.add(SimpleNamespace(hobnail_register_sinks=hobnail_register_sinks), "stubborn")
    assert "other" not in ids(host)


def test_register_is_closed_once_the_hooks_have_returned():
    kept = []

    @hookimpl
    def hobnail_register_sinks(register):
        kept.append(register)
        register("quiet", NullSink)

    host = host_with(SimpleNamespace(hobnail_register_sinks=hobnail_register_sinks))
    with pytest.raises(PluginError, match="after its hook had returned"):
        kept[0]("later", NullSink)
    assert "later" not in ids(host)


def test_a_name_used_twice_is_refused_and_the_first_stays():
    host = host_with(sink_plugin("quiet"))
    with pytest.raises(PluginError, match="plugin0"):
        host.add(sink_plugin("loud"), "plugin0")
    assert "loud" not in ids(host)
    assert host.build("sinks", "quiet")


def test_a_disabled_plugin_is_not_even_imported(entry):
    host = Host(disable=["broken"])
    host.discover([entry("broken", "raise SystemExit"), entry("good", GOOD)])
    assert host.failures == ()
    assert "broken_module" not in sys.modules


def test_only_leaves_the_others_out_but_never_the_builtins(entry):
    host = Host(only=["good"])
    host.discover(
        [entry("good", GOOD), entry("other", "raise SystemExit"), EntryPoint("builtins", "hobnail.builtins", "hobnail")]
    )
    assert sorted(plugin.name for plugin in host.plugins) == ["builtins", "good"]
    assert host.failures == ()


@pytest.mark.parametrize(
    ("name", "error", "cure"),
    [("hobnail", MissingExtraError, "hobnail[device]"), ("acme-sounds", PluginError, "acme-sounds[device]")],
)
def test_a_missing_package_that_an_extra_brings_names_the_extra(distribution, name, error, cure):
    code = ENGINE.replace("BODY", "import no_such_package_at_all")
    distribution(name, code, requires='no-such-package-at-all>=1; extra == "device"')
    host = Host.discovered(only=["acme"])
    with pytest.raises(error) as caught:
        host.build("engines", "acme")
    assert caught.value.cure == f'pip install "{cure}"'


def test_a_broken_distribution_is_named_with_its_version_and_the_way_to_remove_it(distribution):
    distribution("acme-sounds", "raise RuntimeError('sulking')")
    (failure,) = [failure for failure in Host.discovered(only=["acme"]).failures if failure.name == "acme"]
    assert (failure.distribution, failure.version) == ("acme-sounds", "1.2.3")
    assert "pip uninstall acme-sounds" in failure.cure


def test_a_stranger_cannot_take_a_builtins_id(distribution):
    distribution("a-first-in-the-alphabet", GOOD.replace("quiet", "null"))
    host = Host.discovered(only=["acme"])
    assert host.offer("sinks", "null").plugin == "builtins"
    assert "taken by plug-in 'builtins'" in host.failures[0].problem


def test_a_part_of_a_package_that_is_missing_asks_for_a_new_install(distribution):
    distribution("acme-sounds", "import json.no_such_part")
    host = Host.discovered(only=["acme"])
    assert "pip install --force-reinstall acme-sounds" in host.failures[0].cure


def test_a_table_that_configures_nothing_is_a_slip():
    with pytest.raises(ConfigError, match=r"\[sink.wave\].*Did you mean 'wav'"):
        host_with().check(Config(sink={"wave": {"path": "x.wav"}}))
    host_with().check(Config(sink={"wav": {"path": "x.wav"}}))


def test_the_table_of_a_plugin_that_was_left_out_is_let_be(entry):
    host = Host(disable=["good"])
    host.discover([entry("good", GOOD)])
    host.check(Config(sink={"quiet": {"path": "x.wav"}}))


def test_discovery_in_a_fresh_process_works_without_anything_imported_before():
    code = "from hobnail import Host; print([p.name for p in Host.discovered(only=()).plugins])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "['builtins']"

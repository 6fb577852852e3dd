"""The one line that a plug-in author runs."""

import hobnail_thump

from hobnail.testing import check_plugin


def test_the_plugin_keeps_every_contract():
    assert check_plugin(hobnail_thump) == ("engine.thump",)

"""The bridge process tells apart that it is late and that it is gone."""

import threading
import time

import psutil
import pytest

from hobnail import BridgeError, Host, Session
from hobnail.config import parse_config
from hobnail.link import bridge_process
from hobnail.link.bridge_process import BridgeProcess
from hobnail.link.memory import SharedLink

CONFIG = parse_config(b'[serve]\nbridges = ["osc"]\n[bridge.osc]\nport = 0\nquery_port = 0\n')


@pytest.fixture
def link():
    shared = SharedLink.create()
    yield shared
    shared.close()


@pytest.fixture
def info():
    return Session(CONFIG, host=Host.discovered()).info


def test_a_process_that_takes_too_long_is_ended_and_called_late(link, info, monkeypatch):
    monkeypatch.setattr(bridge_process, "OPEN_TIMEOUT_S", 0.0)
    process = BridgeProcess(link.link, CONFIG)
    with pytest.raises(BridgeError, match="had not opened its bridges after 0 s"):
        process.start(info)
    assert not process.alive


def test_a_process_that_dies_is_called_gone(link, info):
    process = BridgeProcess(link.link, CONFIG)

    def kill_it():
        while process.pid is None:
            time.sleep(0.001)
        psutil.Process(process.pid).kill()  # long before it has read what it is for

    killer = threading.Thread(target=kill_it)
    killer.start()
    with pytest.raises(BridgeError, match="ended before its bridges were open"):
        process.start(info)
    killer.join()
    assert not process.alive

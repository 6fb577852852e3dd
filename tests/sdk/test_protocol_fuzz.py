"""A short turn of the fuzz targets, so that they stay able to run."""

import subprocess
import sys
from pathlib import Path

import pytest

TARGETS = Path(__file__).parent.parent / "fuzz"


@pytest.mark.parametrize("name", ["codec", "osc"])
def test_two_seconds_of_fuzzing_find_nothing(name):
    target = TARGETS / f"fuzz_{name}.py"
    command = [sys.executable, "-W", "error", str(target), "--seconds", "2", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 500

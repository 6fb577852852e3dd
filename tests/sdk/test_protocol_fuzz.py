"""A short turn of the fuzz target, so that it stays able to run."""

import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "fuzz" / "fuzz_codec.py"


def test_two_seconds_of_fuzzing_find_nothing():
    command = [sys.executable, "-W", "error", str(TARGET), "--seconds", "2", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 500

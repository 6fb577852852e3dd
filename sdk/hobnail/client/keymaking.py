"""Makes the key files of CURVE, in the format of pyzmq's certificates. Used by ``hobnail serve --make-keys``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import zmq

from hobnail.errors import ConfigError


def make_keys(directory: str | Path, clients: tuple[str, ...] = ("client",)) -> Mapping[str, Path]:
    """Write a server key pair and one per client; returns what was written where. Never overwrites a file.

    The folder then holds ``server.key``, ``server.key_secret``, ``clients/<name>.key`` (what the server reads) and
    ``<name>.key_secret`` (what that client is given). Secret files are readable by their owner only; on Windows they
    inherit the folder's access list, so choose a folder of your own.
    """
    folder = Path(directory)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "clients").mkdir(mode=0o700, exist_ok=True)
        written = {}
        for name in ("server", *clients):
            public, secret = zmq.curve_keypair()
            public_folder = folder if name == "server" else folder / "clients"
            written[f"{name}.key_secret"] = _write(folder / f"{name}.key_secret", public, secret)
            written[f"{name}.key"] = _write(public_folder / f"{name}.key", public, None)
    except FileExistsError as error:
        cure = "Choose another folder, or remove the old keys yourself."
        raise ConfigError(f"{error.filename} exists already.", cure=cure) from error
    except OSError as error:
        raise ConfigError(f"Keys cannot be written: {error}.", cure="Choose a folder that you may write to.") from error
    return written


def _write(path: Path, public: bytes, secret: bytes | None) -> Path:
    lines = ["metadata", "curve", f'    public-key = "{public.decode()}"']
    if secret is not None:
        lines.append(f'    secret-key = "{secret.decode()}"')
    mode = 0o644 if secret is None else 0o600
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    return path

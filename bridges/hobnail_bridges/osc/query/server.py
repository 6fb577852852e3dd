"""OSCQuery over HTTP and WebSocket, on the bridge's own thread. [io]"""

from __future__ import annotations

import json
from urllib.parse import unquote, urlsplit

import msgspec

from hobnail.errors import MessageError
from hobnail_bridges.loopback import is_loopback
from hobnail_bridges.osc.desk import Desk
from hobnail_bridges.osc.packets import OscMessage
from hobnail_bridges.osc.query import websocket as ws
from hobnail_bridges.osc.query.tree import ATTRIBUTES, Json, described, node_at
from hobnail_bridges.osc.streams import Stream

_HEAD_BYTES = 8192
_REASONS = {
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
}
_SPOKEN = ("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE", "LISTEN", "PATH_ADDED", "PATH_REMOVED")
_NOT_SPOKEN = ("PATH_CHANGED", "PATH_RENAMED", "TAGS", "CRITICAL", "OVERLOADS", "EXTENDED_TYPE", "HTML")


class QueryServer:
    """Makes a talk of every connection, and tells WebSockets of emitters that come and go."""

    def __init__(self, desk: Desk, addresses: dict[str, str]) -> None:
        self._desk = desk
        place = urlsplit(addresses["udp"])
        web = urlsplit(addresses["query"])
        self.host_info: Json = {
            "NAME": "Hobnail",
            "OSC_IP": place.hostname,
            "OSC_PORT": place.port,
            "OSC_TRANSPORT": "UDP",
            "WS_IP": web.hostname,
            "WS_PORT": web.port,
            "EXTENSIONS": dict.fromkeys(_SPOKEN, True) | dict.fromkeys(_NOT_SPOKEN, False),
        }
        self.listeners: set[QueryTalk] = set()
        desk.stage.paths_changed = self._tell

    def talk(self, stream: Stream) -> QueryTalk:
        """A new connection."""
        return QueryTalk(stream, self._desk, self)

    def _tell(self, command: str, path: str) -> None:
        for listener in self.listeners:
            listener.tell(command, path)


class QueryTalk:
    """One HTTP request, which may become a WebSocket. Implements :class:`hobnail_bridges.osc.streams.Talk`."""

    def __init__(self, stream: Stream, desk: Desk, server: QueryServer) -> None:
        self._stream = stream
        self._desk = desk
        self._server = server
        self._head = b""
        self._reader: ws.Reader | None = None

    def heard(self, data: bytes) -> None:
        """Bytes came."""
        if self._reader is not None:
            self._frames(data)
            return
        self._head += data
        if len(self._head) > _HEAD_BYTES:
            self._answer(400)
        elif b"\r\n\r\n" in self._head:
            head, _, rest = self._head.partition(b"\r\n\r\n")
            self._request(head.decode("latin-1").split("\r\n"))
            if self._reader is not None and rest:
                self._frames(rest)

    def ended(self) -> None:
        """The connection is closed."""
        self._server.listeners.discard(self)
        self._desk.forget(self)

    def tell(self, command: str, path: str) -> None:
        """A path came or went."""
        self._stream.send(ws.frame(ws.TEXT, json.dumps({"COMMAND": command, "DATA": path}).encode()))

    # --- HTTP --------------------------------------------------------------------------------------------------------

    def _request(self, lines: list[str]) -> None:
        words = lines[0].split(" ")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            self._answer(400)
        elif words[0] != "GET":
            self._answer(405)
        elif not _from_here(headers.get("host", ""), headers.get("origin", "")):
            self._answer(403)
        elif headers.get("upgrade", "").lower() == "websocket":
            self._upgrade(headers)
        else:
            path, _, query = words[1].partition("?")
            self._get(unquote(path), query.partition("=")[0].upper())

    def _get(self, path: str, attribute: str) -> None:
        if attribute == "HOST_INFO":
            self._answer(200, self._server.host_info)
            return
        if attribute and attribute not in ATTRIBUTES:
            self._answer(400)
            return
        found = node_at(self._desk.stage.tree, path)
        if found is None:
            self._answer(404)
            return
        node, emitter = found
        told = described(node, "/" + path.strip("/"), emitter, self._desk.value)
        if not attribute:
            self._answer(200, told)
        elif attribute in told:
            self._answer(200, {attribute: told[attribute]})
        else:
            self._answer(204)

    def _answer(self, status: int, body: Json | None = None) -> None:
        data = b"" if body is None else msgspec.json.encode(body)
        kind = "Content-Type: application/json\r\n" if body is not None else ""
        length = "" if status == 204 else f"Content-Length: {len(data)}\r\n"
        head = f"HTTP/1.1 {status} {_REASONS[status]}\r\n{kind}{length}Connection: close\r\n\r\n"
        self._stream.send(head.encode() + data)
        self._stream.finish()

    def _upgrade(self, headers: dict[str, str]) -> None:
        key = headers.get("sec-websocket-key", "")
        if not key or headers.get("sec-websocket-version") != "13":
            self._answer(400)
            return
        head = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {ws.accept_key(key)}\r\n\r\n"
        )
        self._stream.send(head.encode())
        self._reader = ws.Reader()
        self._server.listeners.add(self)

    # --- WebSocket ---------------------------------------------------------------------------------------------------

    def _frames(self, data: bytes) -> None:
        assert self._reader is not None
        try:
            for message in self._reader.feed(data):
                match message.opcode:
                    case ws.TEXT:
                        self._command(message.data)
                    case ws.BINARY:
                        self._take(message.data)
                    case ws.CLOSE:
                        self._stream.send(ws.frame(ws.CLOSE, message.data[:2]))
                        self._stream.finish()
                        return
                    case ws.PING:
                        self._stream.send(ws.frame(ws.PONG, message.data))
        except MessageError:
            self._desk.counters.malformed += 1
            self._stream.send(ws.frame(ws.CLOSE, b"\x03\xea"))  # 1002: protocol error
            self._stream.finish()

    def _command(self, data: bytes) -> None:
        try:
            command = msgspec.json.decode(data, type=dict[str, str])
        except (msgspec.MsgspecError, ValueError):
            self._desk.counters.malformed += 1
            return
        word = {"LISTEN": "listen", "IGNORE": "unlisten"}.get(command.get("COMMAND", ""))
        path = command.get("DATA", "")
        if word is not None and path:
            self._desk.take_from(OscMessage(f"/hobnail/{word}", (path,)), self, self._send, self._stream.heard_ns)

    def _take(self, packet: bytes) -> None:
        self._desk.take(packet, self, self._send, self._stream.heard_ns, lasting=True)

    def _send(self, packet: bytes) -> None:
        self._stream.send(ws.frame(ws.BINARY, packet))


def _from_here(host: str, origin: str) -> bool:
    """Whether a browser may ask: pages of other sites must not read or move anything here, by whatever name."""
    name = urlsplit(f"//{host}").hostname or ""
    if host and not is_loopback(name) and not _is_address(name):
        return False
    return origin in ("", "null") or is_loopback(urlsplit(origin).hostname or "")


def _is_address(name: str) -> bool:
    return name.replace(".", "").isdigit() or ":" in name

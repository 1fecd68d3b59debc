"""A WebSocket server that says what a test tells it to, and packets for it."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any, Awaitable, Callable, Optional

try:
    from websockets.asyncio.server import serve
except ImportError:  # websockets before 13
    from websockets.legacy.server import serve

Handler = Callable[["Session"], Awaitable[None]]


def facts(name: str, **changes: Any) -> dict[str, Any]:
    """A stream as a welcome describes it."""
    plain = {"name": name, "live": True, "state": "live", "encoder": "sha256:none", "channels": 1, "gridSide": 1}
    return {**plain, "ladder": [1], "timebase": "1/25", **changes}


def welcome(*streams: dict[str, Any]) -> dict[str, Any]:
    """The first message of a server."""
    limits = {"messageBytes": 16384, "subscriptions": 64}
    return {"type": "welcome", "protocol": "framenest.v1", "server": "raw", "streams": list(streams), "limits": limits}


def message(metadata: dict[str, str], tensors: dict[str, tuple[str, list[int], bytes]]) -> bytes:
    """A safetensors message."""
    header: dict[str, Any] = {"__metadata__": metadata}
    body = b""
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def packet(name: str, number: int, value: float = 0.0, **changes: str) -> bytes:
    """A packet of one frame with one token of one channel."""
    plain = {"protocol": "framenest.v1", "stream": name, "sequence": str(number), "timebase": "1/25"}
    return message(
        {**plain, "encoder": "e", "stage": "pre", "epoch": "0", **changes},
        {
            "pts": ("I64", [1], struct.pack("<q", number)),
            "cu_seqlens": ("I32", [2], struct.pack("<2i", 0, 1)),
            "scale": ("I32", [1], struct.pack("<i", 1)),
            "change": ("F32", [1], struct.pack("<f", 0.5)),
            "dropped_before": ("I32", [1], struct.pack("<i", 0)),
            "tokens": ("F32", [1, 1], struct.pack("<f", value)),
            "kind": ("U8", [1], b"\0"),
        },
    )


class Session:
    """One client, as the server sees it."""

    def __init__(self, socket: Any, number: int) -> None:
        self.socket = socket
        #: Which connection this is, from 0.
        self.number = number
        self.heard: list[dict[str, Any]] = []

    async def say(self, *messages: Any) -> None:
        """Sends control messages, or texts and bytes as they are."""
        for each in messages:
            await self.socket.send(json.dumps(each) if isinstance(each, dict) else each)

    async def hear(self, kind: Optional[str] = None) -> dict[str, Any]:
        """The next message of a type, or of any."""
        while True:
            heard = json.loads(await self.socket.recv())
            self.heard.append(heard)
            if kind in (None, heard["type"]):
                return heard

    def cut(self) -> None:
        """Ends the connection without a word."""
        self.socket.transport.abort()

    @property
    def authorization(self) -> Optional[str]:
        """The header of that name."""
        request = getattr(self.socket, "request", None)
        headers = request.headers if request else self.socket.request_headers
        return headers.get("Authorization")


class ScriptedServer:
    """``async with ScriptedServer(handler) as server``: ``handler`` speaks with each client; the last error is raised."""

    def __init__(self, handler: Handler, subprotocols: Optional[list[str]] = None) -> None:
        self._handler = handler
        self._subprotocols = ["framenest.v1"] if subprotocols is None else subprotocols
        self.sessions: list[Session] = []
        self.failure: Optional[BaseException] = None

    async def __aenter__(self) -> ScriptedServer:
        self._server = await serve(
            self._serve, "127.0.0.1", 0, subprotocols=self._subprotocols or None, compression=None, close_timeout=0.2
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self.sessions:
            session.cut()
        self._server.close()
        await asyncio.wait_for(self._server.wait_closed(), 20)
        if self.failure:
            raise self.failure

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, socket: Any, _path: str = "") -> None:
        session = Session(socket, len(self.sessions))
        self.sessions.append(session)
        try:
            await self._handler(session)
        except AssertionError as error:
            self.failure = error
        except Exception as error:
            if not type(error).__name__.startswith("ConnectionClosed"):
                self.failure = error

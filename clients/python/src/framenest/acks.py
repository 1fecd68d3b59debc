"""Waiting until the server has a packet on its disk."""

from __future__ import annotations

import asyncio
from typing import AbstractSet, Iterator

from .errors import FramenestError


class Acks:
    """Who waits for which stream to be on the disk up to which sequence."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[int, asyncio.Future[None]]]] = {}

    async def wait(self, stream: str, sequence: int) -> None:
        """Returns once :meth:`done` told of the sequence or a later one; raises what :meth:`fail` was given."""
        entry = (sequence, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(stream, []).append(entry)
        try:
            await entry[1]
        finally:
            waiting = self._waiting.get(stream, [])
            if entry in waiting:
                waiting.remove(entry)
            if not waiting:
                self._waiting.pop(stream, None)

    def waiting(self) -> Iterator[tuple[str, int]]:
        """The highest sequence that is waited for in each stream."""
        for stream, waiting in self._waiting.items():
            yield stream, max(sequence for sequence, _ in waiting)

    def done(self, stream: str, sequence: int) -> None:
        """Everything up to here is on the disk."""
        for wanted, future in self._waiting.get(stream, []):
            if wanted <= sequence and not future.done():
                future.set_result(None)

    def fail(self, stream: str, error: FramenestError) -> None:
        """Nobody will hear of this stream any more."""
        for _, future in self._waiting.get(stream, []):
            if not future.done():
                future.set_exception(error)

    def fail_all(self, error: FramenestError) -> None:
        """Nobody will hear of any stream any more."""
        for stream in self._waiting:
            self.fail(stream, error)

    def keep(self, durable: AbstractSet[str]) -> None:
        """Streams other than these are gone, or keep nothing on a disk any more."""
        for stream in self._waiting:
            if stream not in durable:
                self.fail(
                    stream,
                    FramenestError(
                        "STREAM_UNKNOWN", f"{ascii(stream)} is on no disk of the server any more.", "Look at client.streams."
                    ),
                )

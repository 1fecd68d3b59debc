"""A stream that a client follows, over one connection after another."""

from __future__ import annotations

from typing import Any, Optional, Union

from .backoff import Backoff
from .errors import FramenestError, option_invalid, violation
from .facts import Demoted, End, Gap, Restarted
from .inbox import Inbox
from .packet import Packet
from .subscribe_options import SubscribeOptions

#: What a subscription can give out beside its end.
Item = Union[Packet, Gap, Demoted, Restarted]

#: Gaps and demotions that may wait for their loop.
_NOTICES = 1000


class Following:
    """A subscription as the client keeps it: what has come, what comes next, and the credit for more."""

    def __init__(self, stream: str, options: SubscribeOptions) -> None:
        if not isinstance(stream, str) or not 1 <= len(stream) <= 128:
            raise option_invalid("stream", "is no name of 1 to 128 characters")
        self.stream = stream
        self._wanted = options.wanted()
        self._window = options.window
        self.inbox: Inbox[Union[Item, End]] = Inbox(options.window + _NOTICES)
        #: Pauses before the stream is asked for again, where the server let go of it.
        self.pauses = Backoff(0.25, 10)
        #: The connection on which it was asked for, whatever that is: only compared.
        self.connection: Optional[object] = None
        #: The server took it: what came before belongs to an earlier subscription of the same stream.
        self.answered = False
        self.ladder: Optional[tuple[int, ...]] = None
        #: Sequence of the packet that comes next; None until the server said so.
        self.next: Optional[int] = None
        self._outstanding = 0

    def ask(self, connection: object) -> dict[str, Any]:
        """The message that begins it, or goes on after what has come, on this connection."""
        self.connection, self.answered, self._outstanding = connection, False, 0
        wanted = self._wanted if self.next is None else {**self._wanted, "from": self.next}
        return {"type": "subscribe", "stream": self.stream, **wanted}

    def top_up(self) -> int:
        """Credits to grant now: none until half of the window is free, so that not every packet costs a message."""
        free = self._window - self._outstanding - len(self.inbox)
        if 2 * free < self._window:
            return 0
        self._outstanding += free
        return free

    def begun(self, message: dict[str, Any]) -> None:
        """The server took it."""
        self.answered = True
        if message.get("ladder"):
            self.ladder = tuple(message["ladder"])
        if self.next is not None and message["next"] < self.next:
            self._notice(Restarted(self.stream, self.next, message["next"]))
            self.next = message["next"]
        if self.next is None:
            self.next = message["next"]

    def accept(self, packet: Packet) -> None:
        """A packet; one that came already is let go.

        :raises FramenestError: PROTOCOL_VIOLATION
        """
        if self._outstanding == 0:
            raise violation(f"it sent more packets of {ascii(self.stream)} than it was granted")
        self._outstanding -= 1
        self._skip_none(packet.sequence)
        if packet.sequence == self.next:
            self.next += 1
            self.inbox.put(packet)
            self.pauses.reset()

    def missing(self, gap: Gap) -> None:
        """:raises FramenestError: PROTOCOL_VIOLATION, WIRE_LIMIT"""
        self._skip_none(gap.first)
        if gap.last < gap.first:
            raise violation(f"a gap ends at {gap.last}, before it begins at {gap.first}")
        if self.next is not None and gap.last >= self.next:
            self.next = gap.last + 1
            self._notice(gap)

    def demoted(self, demoted: Demoted) -> None:
        """:raises FramenestError: WIRE_LIMIT"""
        self._notice(demoted)

    def _skip_none(self, sequence: int) -> None:
        if self.next is not None and sequence > self.next:
            raise violation(f"{sequence} of {ascii(self.stream)} came where {self.next} was next, and no gap said so")

    def _notice(self, notice: Union[Gap, Demoted, Restarted]) -> None:
        if self.inbox.full:
            raise FramenestError(
                "WIRE_LIMIT",
                f"{_NOTICES} gaps and demotions of {ascii(self.stream)} wait for a loop that does not take them.",
                "Take items as they come, and do slow work elsewhere.",
            )
        self.inbox.put(notice)

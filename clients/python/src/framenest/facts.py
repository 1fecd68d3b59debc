"""What the server tells of, beside packets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Optional


@dataclass(frozen=True)
class StreamFacts:
    """A stream that the server offers."""

    name: str
    live: bool
    """A camera, which never waits; not a file, which waits for its slowest subscriber."""
    state: str
    """``connecting``, ``live``, ``stalled``, ``backing-off``, ``failed`` or ``ended``: where its source stood when this was
    said, or now, where the stream is subscribed or its events are heard."""
    encoder: str
    """Digest of the encoder."""
    channels: int
    grid_side: int
    """Rows, and columns, of the encoder's patch grid."""
    ladder: tuple[int, ...]
    """Tokens of each scale, coarsest first."""
    timebase: Optional[Fraction]
    """None until a camera was reached; each packet carries its own."""
    durable: bool
    """Its packets are kept on disk: they outlive the server, and :meth:`Client.ack` is answered."""
    queries: bool
    """Its encoder has a text tower: a subscription's ``query`` is heeded."""


@dataclass(frozen=True)
class Gap:
    """Packets that will never come."""

    stream: str
    first: int
    last: int
    frames: int
    reason: str
    """``expired``: no longer kept when the subscription began; ``slow``: let go since, as the loop took too long;
    ``lost``: never kept, as the disk failed or the machine stopped."""


@dataclass(frozen=True)
class Demoted:
    """From now on scales of at most so many tokens come."""

    stream: str
    max_scale: int
    reason: str
    """``behind``: this subscriber has fallen behind; ``restored``: it has caught up."""


@dataclass(frozen=True)
class Restarted:
    """After a reconnect the server counts from below what has come: it kept no log, or not this one.

    Which packets lie between is not known. What comes has nothing to do with what came: start receiver state anew.
    """

    stream: str
    expected: int
    next: int


@dataclass(frozen=True)
class End:
    """The stream is over; totals of the stream, not of this session."""

    stream: str
    packets: int
    frames: int
    tokens: int


@dataclass(frozen=True)
class Region:
    """A rectangle of the upright picture, in shares of it."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Event:
    """Something that happened in a stream."""

    stream: str
    event: str
    """``cut``, ``activity-start``, ``activity-end``, ``lost`` or ``back``."""
    at: datetime
    """UTC: of the frame, or of the loss."""
    epoch: int
    sequence: Optional[int]
    """Of the packet with the frame that it is about; None for ``lost`` and ``back``."""
    region: Optional[Region]
    """Of an activity: around what changed."""
    reason: Optional[str]
    """Of ``lost``: an error code."""
    what: Optional[str]
    """Of ``lost``: for people."""


@dataclass(frozen=True)
class StreamState:
    """Where the source of a stream stands."""

    stream: str
    state: str
    """``connecting``, ``live``, ``stalled``, ``backing-off``, ``failed`` or ``ended``."""
    since: datetime
    """UTC."""
    epoch: int
    """Connection at hand or last."""
    failures: int
    """Tries that failed in a row."""
    retry_at: Optional[datetime]
    """When the next try is due, UTC; while ``backing-off``."""
    reason: Optional[str]
    """Why the last connection was lost, or could not be made: an error code; None before the first loss."""
    what: Optional[str]
    """The same for people."""

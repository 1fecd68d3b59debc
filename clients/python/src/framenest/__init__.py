"""Client of a framenest server: a live stream of nested visual tokens as numpy arrays."""

from .client import Client, Retry
from .connecting import connect
from .errors import FramenestError
from .facts import Demoted, End, Event, Gap, Region, Restarted, StreamFacts, StreamState
from .following import Item
from .grid import GridRebuilder, RebuiltFrame
from .packet import Frame, Packet, decode_packet
from .subscription import Subscription

__all__ = [
    "Client",
    "Demoted",
    "End",
    "Event",
    "Frame",
    "FramenestError",
    "Gap",
    "GridRebuilder",
    "Item",
    "Packet",
    "RebuiltFrame",
    "Region",
    "Restarted",
    "Retry",
    "StreamFacts",
    "StreamState",
    "Subscription",
    "connect",
    "decode_packet",
]
__version__ = "0.1.0"

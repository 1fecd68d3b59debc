"""The one error class. Codes and their meaning: docs/errors.md of framenest."""

from __future__ import annotations

from typing import Optional

#: Codes that can go away without anything being changed.
RETRYABLE = frozenset(
    "HOST_UNREACHABLE HOST_BUSY HOST_FAILED "
    "INPUT_UNREACHABLE INPUT_STALLED INPUT_ENDED DECODE_FAILED ENCODER_FAILED DOWNLOAD_FAILED SESSION_LIMIT "
    "RATE_LIMITED LISTEN_FAILED CONNECT_FAILED CONNECTION_LOST OUTPUT_FAILED ABORTED".split()
)

#: Every other code of framenest.
LASTING = frozenset(
    "OPTION_INVALID LADDER_INVALID CONFIG_INVALID INPUT_MISSING INPUT_UNREADABLE DECODER_MISSING DECODE_DAMAGED "
    "ENCODER_UNKNOWN ENCODER_CARD_INVALID ENCODER_MISMATCH DEVICE_UNAVAILABLE DIGEST_MISMATCH WIRE_MALFORMED "
    "WIRE_LIMIT PROTOCOL_VIOLATION PROTOCOL_UNSUPPORTED STREAM_UNKNOWN UNAUTHORIZED TOKEN_EXPIRED LISTEN_REFUSED "
    "OUTPUT_IN_USE LOG_IN_USE LOG_BROKEN HOST_REFUSED HOST_MISMATCH CONTEXT_FULL MODEL_INVALID PART_BROKEN INTERNAL".split()
)


class FramenestError(Exception):
    """Every failure of this package.

    ``code`` is the contract: match on it, not on the text. ``message`` says what happened, ``mend`` how to mend it;
    neither holds a secret. ``retryable``: the same call can succeed later without anything being changed.
    """

    def __init__(self, code: str, message: str, mend: str, *, retryable: Optional[bool] = None) -> None:
        super().__init__(f"{code}: {message} {mend}")
        self.code = code
        self.message = message
        self.mend = mend
        self.retryable = code in RETRYABLE if retryable is None else retryable


def option_invalid(name: str, problem: str) -> FramenestError:
    """OPTION_INVALID for an argument."""
    return FramenestError("OPTION_INVALID", f'Argument "{name}" {problem}.', "The package's README lists the arguments.")


def violation(problem: str) -> FramenestError:
    """PROTOCOL_VIOLATION by the server."""
    return FramenestError(
        "PROTOCOL_VIOLATION", f"The server broke the protocol: {problem}.", "Check that the address is a framenest server."
    )

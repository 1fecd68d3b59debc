"""Control messages of the server, checked, and what they tell of."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Callable, Mapping

from .errors import FramenestError, violation
from .facts import Event, Region, StreamFacts, StreamState
from .packet import parse_timebase
from .strict_json import is_count, parse_json

#: Longest control message that is read, bytes of UTF-8: a welcome tells of every stream.
ANSWER_BYTES = 1 << 20

#: The end of the year 9999, the last that a datetime can say.
_LAST_MS = 253_402_300_799_999


def parse_message(text: str) -> dict[str, Any]:
    """A control message with the fields that its type must have.

    :raises FramenestError: PROTOCOL_VIOLATION, WIRE_LIMIT
    """
    size = len(text) if len(text) > ANSWER_BYTES else len(text.encode("utf-8", "replace"))
    if size > ANSWER_BYTES:
        raise FramenestError(
            "WIRE_LIMIT",
            f"A control message of {size} bytes or more; the limit is {ANSWER_BYTES}.",
            "Check that the address is a framenest server.",
        )
    try:
        message = parse_json(text)
    except ValueError:
        raise violation(f"{ascii(text[:64])} is no JSON that can be read") from None
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise violation(f"{ascii(text[:64])} is no message of a known type")
    found: dict[str, Any] = message
    _check(found, _FIELDS[kind], kind)
    return found


def streams_of(message: Mapping[str, Any]) -> tuple[StreamFacts, ...]:
    """The streams of a ``welcome`` or ``streams`` message."""
    return tuple(_facts(entry) for entry in message["streams"])


def event_of(message: Mapping[str, Any]) -> Event:
    """An ``event`` message."""
    region, reason = message.get("region"), message.get("reason") or {}
    return Event(
        stream=message["stream"],
        event=message["event"],
        at=_at(message["atMs"]),
        epoch=message["epoch"],
        sequence=message.get("sequence"),
        region=region and Region(region["x"], region["y"], region["width"], region["height"]),
        reason=reason.get("code"),
        what=reason.get("what"),
    )


def state_of(message: Mapping[str, Any]) -> StreamState:
    """A ``state`` message."""
    reason, retry_at = message.get("reason") or {}, message.get("retryAtMs")
    return StreamState(
        stream=message["stream"],
        state=message["state"],
        since=_at(message["sinceMs"]),
        epoch=message["epoch"],
        failures=message["failures"],
        retry_at=None if retry_at is None else _at(retry_at),
        reason=reason.get("code"),
        what=reason.get("what"),
    )


def error_of(message: Mapping[str, Any]) -> FramenestError:
    """What an ``error`` message says."""
    words = (message[name][:2000] for name in ("code", "message", "mend"))
    return FramenestError(*words, retryable=message["retryable"])


def _at(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, timezone.utc)


def _facts(entry: Mapping[str, Any]) -> StreamFacts:
    timebase = entry.get("timebase")
    return StreamFacts(
        name=entry["name"],
        live=entry["live"],
        state=entry["state"],
        encoder=entry["encoder"],
        channels=entry["channels"],
        grid_side=entry["gridSide"],
        ladder=tuple(entry["ladder"]),
        timebase=None if timebase is None else parse_timebase(timebase),
        durable=entry.get("durable", False),
        queries=entry.get("queries", False),
    )


_Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _name(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 128


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _positive(value: Any) -> bool:
    return is_count(value) and value > 0


def _time(value: Any) -> bool:
    return is_count(value) and value <= _LAST_MS


def _share(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def _ladder(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= 64 and all(map(_positive, value))


def _timebase(value: Any) -> bool:
    return isinstance(value, str) and parse_timebase(value) is not None


def _optional(check: _Check) -> _Check:
    return lambda value: value is None or check(value)


def _record(fields: Mapping[str, _Check]) -> _Check:
    return lambda value: isinstance(value, dict) and all(check(value.get(name)) for name, check in fields.items())


_STREAM = _record(
    {
        **{"name": _name, "live": _flag, "state": _text, "encoder": _text, "channels": _positive, "gridSide": _positive},
        **{"ladder": _ladder, "timebase": _optional(_timebase), "durable": _optional(_flag)},
        "queries": _optional(_flag),
    }
)


def _streams(value: Any) -> bool:
    return isinstance(value, list) and all(map(_STREAM, value))


_REGION = _record({"x": _share, "y": _share, "width": _share, "height": _share})

_REASON = _record({"code": _text, "what": _text})

_FIELDS: dict[str, dict[str, _Check]] = {
    "welcome": {"protocol": _text, "server": _text, "streams": _streams},
    "streams": {"streams": _streams},
    "listening": {},
    "event": {
        **{"stream": _name, "event": _text, "atMs": _time, "epoch": is_count, "sequence": _optional(is_count)},
        **{"region": _optional(_REGION), "reason": _optional(_REASON)},
    },
    "state": {
        **{"stream": _name, "state": _text, "sinceMs": _time, "epoch": is_count, "failures": is_count},
        **{"retryAtMs": _optional(_time), "reason": _optional(_REASON)},
    },
    "subscribed": {"stream": _name, "next": is_count, "ladder": _optional(_ladder)},
    "gap": {"stream": _name, "from": is_count, "to": is_count, "frames": is_count, "reason": _text},
    "demoted": {"stream": _name, "maxScale": _positive, "reason": _text},
    "acked": {"stream": _name, "sequence": is_count, "lost": _optional(_positive)},
    "end": {"stream": _name, "packets": is_count, "frames": is_count, "tokens": is_count},
    "goaway": {"timeLeftMs": is_count},
    "error": {"code": _text, "message": _text, "mend": _text, "retryable": _flag, "stream": _optional(_name)},
    "pong": {},
}


def _check(message: Mapping[str, Any], fields: Mapping[str, _Check], kind: str) -> None:
    for name, check in fields.items():
        if not check(message.get(name)):
            raise violation(f'a message "{kind}" has a bad "{name}"')

"""JSON of unknown origin."""

from __future__ import annotations

import json
from typing import Any

#: No number of the protocol is longer: longer integers take time that grows with the square of their digits.
_DIGITS = 20


def parse_json(text: str) -> Any:
    """Reads JSON.

    :raises ValueError: where it is none, nests too deeply, names a key twice, or holds NaN or a huge integer.
    """
    try:
        return json.loads(text, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice in one object")
    return found


def is_count(value: Any) -> bool:
    """A whole number from 0 that every JSON reader gets right."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53

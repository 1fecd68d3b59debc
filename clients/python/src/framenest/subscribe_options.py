"""What a subscription can ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional, Union

from .errors import option_invalid

LAYOUTS = ("uniform", "tree")
DTYPES = ("F16", "BF16", "F32", "I8")


@dataclass(frozen=True)
class SubscribeOptions:
    """See :meth:`Client.subscribe`."""

    start: Union[str, int, datetime] = "live"
    max_scale: Optional[int] = None
    layout: Optional[str] = None
    tokens_per_second: Optional[float] = None
    dtype: Optional[str] = None
    values: bool = True
    key: bool = False
    query: Optional[str] = None
    max_lag: Optional[int] = None
    window: int = 32

    def wanted(self) -> dict[str, Any]:
        """The fields of a ``subscribe`` message.

        :raises FramenestError: OPTION_INVALID
        """
        _check_range("window", self.window)
        wanted: dict[str, Any] = {"from": _from(self.start)}
        if self.max_scale is not None:
            wanted["maxScale"] = _check_range("max_scale", self.max_scale)
        if self.layout is not None:
            wanted["layout"] = _check_choice("layout", self.layout, LAYOUTS)
        if self.tokens_per_second is not None:
            if not 0 < self.tokens_per_second <= 1e9:
                raise option_invalid("tokens_per_second", "is not above 0 and at most 1e9")
            wanted["tokensPerSecond"] = self.tokens_per_second
        if self.dtype is not None:
            wanted["dtype"] = _check_choice("dtype", self.dtype, DTYPES)
        if self.query is not None:
            wanted["query"] = _check_query(self.query, self.layout)
        if self.max_lag is not None:
            wanted["maxLag"] = _check_range("max_lag", self.max_lag)
        if not self.values:
            wanted["values"] = False
        if self.key:
            wanted["key"] = True
        return wanted


def _from(start: Union[str, int, datetime]) -> Union[str, int, dict[str, int]]:
    if isinstance(start, datetime):
        if start.tzinfo is None:
            raise option_invalid("start", "is a time without a zone; datetime.now(timezone.utc) has one")
        return {"atMs": max(0, int(start.timestamp() * 1000))}
    if start in ("live", "start"):
        return start
    if isinstance(start, int) and not isinstance(start, bool) and 0 <= start < 2**53:
        return start
    raise option_invalid("start", 'is neither "live", "start", a sequence from 0 nor a datetime')


def _check_range(name: str, value: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1_000_000:
        raise option_invalid(name, "is no whole number from 1 to 1,000,000")
    return value


def _check_query(query: str, layout: Optional[str]) -> str:
    # The server counts UTF-16 units, and not the spaces around them.
    units = len(query.strip().encode("utf-16-le", "surrogatepass")) // 2 if isinstance(query, str) else 0
    if not 1 <= units <= 1024:
        raise option_invalid("query", "is no text of 1 to 1,024 characters")
    if layout == "uniform":
        raise option_invalid("query", 'goes not with the layout "uniform": it makes frames fine in places')
    return query


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise option_invalid(name, f"is none of {', '.join(choices)}")
    return value

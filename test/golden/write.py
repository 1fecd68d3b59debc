"""Writes the golden packets from their values, without framenest: python3 write.py (in this folder)."""

import json
import struct
from pathlib import Path

WIDTHS = {"I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I8": 1, "U8": 1}


def tensor(dtype, shape, form, values):
    return {"dtype": dtype, "shape": shape, "data": struct.pack(f"<{len(values)}{form}", *values)}


def message(metadata, tensors):
    """safetensors: header length, JSON padded to 8 bytes, tensors without gaps, widest first."""
    header = {"__metadata__": metadata}
    body = b""
    for name, t in sorted(tensors.items(), key=lambda item: -WIDTHS[item[1]["dtype"]]):
        start, body = len(body), body + t["data"]
        header[name] = {"dtype": t["dtype"], "shape": t["shape"], "data_offsets": [start, len(body)]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def metadata(sequence, **changes):
    plain = {
        "protocol": "framenest.v1",
        "stream": "golden",
        "sequence": str(sequence),
        "timebase": "1/90000",
        "encoder": "sha256:0123456789abcdef",
        "stage": "pre",
        "epoch": "0",
    }
    return {**plain, **changes}


def frames(pts, bounds, scale, change, dropped, kind, tokens, **more):
    n = len(pts)
    return {
        "pts": tensor("I64", [n], "q", pts),
        "cu_seqlens": tensor("I32", [n + 1], "i", bounds),
        "scale": tensor("I32", [n], "i", scale),
        "change": tensor("F32", [n], "f", change),
        "dropped_before": tensor("I32", [n], "i", dropped),
        "tokens": tokens,
        "kind": tensor("U8", [n], "B", kind),
        **more,
    }


HALVES = [1, -2, 0.5, 65504, 2**-24, -0.0, 0, 1, 2, 3, 4, 5]
BYTES = [127 - i if i % 2 == 0 else i - 127 for i in range(18)]

golden = {
    "uniform": message(
        metadata(0),
        frames([3600], [0, 4], [4], [1], [0], [0], tensor("F16", [4, 3], "e", HALVES)),
    ),
    "tree": message(
        metadata(1),
        frames(
            [7200], [0, 3], [36], [0.25], [2], [1],
            tensor("F32", [3, 2], "f", [1.5, -1.5, 0.1, 3, 1e-30, 1e30]),
            position=tensor("I32", [3], "i", [1024 + 4, 2048, 2048 + 35]),
        ),
    ),
    "hold": message(
        metadata(2, stage="post", epoch="7", wallclock_us="1700000000123456"),
        # bfloat16 is the upper half of float32: 1.0 and -2.0.
        frames([-1], [0, 1], [1], [0], [0], [2], tensor("BF16", [1, 2], "H", [0x3F80, 0xC000])),
    ),
    "refine": message(
        metadata(3, stream='gölden "2"'),
        frames(
            [2**40, 2**40 + 3600], [0, 1, 9], [1, 9], [0.5, 0.5], [0, 0], [0, 3],
            tensor("I8", [9, 2], "b", BYTES),
            token_scale=tensor("F32", [9], "f", [0.25 * i for i in range(9)]),
        ),
    ),
}

for name, data in golden.items():
    rows = [data[i : i + 32].hex() for i in range(0, len(data), 32)]
    Path(__file__).with_name(f"{name}.hex").write_text("\n".join(rows) + "\n")

"""Follows a stream and prints one JSON line for each item: python3 collect.py URL STREAM START [TOKEN] [OPTIONS as JSON]."""

import asyncio
import base64
import dataclasses
import json
import sys

import numpy as np

import framenest


def coded(array):
    return None if array is None else base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def told(packet, rebuilt):
    frames = [
        {
            **{"ticks": frame.ticks, "pts": frame.pts, "kind": frame.kind, "scale": frame.scale},
            **{"change": frame.change, "dropped": frame.dropped_before, "rows": [frame.slice.start, frame.slice.stop]},
            "grid": coded(grid.grid),
        }
        for frame, grid in zip(packet.frames, rebuilt)
    ]
    return {
        **{"type": "packet", "stream": packet.stream, "sequence": packet.sequence, "epoch": packet.epoch},
        **{"dtype": packet.dtype, "raw": coded(packet.raw), "tokens": coded(packet.tokens), "frames": frames},
        **{"position": coded(packet.position), "shape": list(packet.tokens.shape)},
    }


async def main(url, stream, start, token="", options="{}"):
    start = int(start) if start.isdigit() else start
    async with framenest.connect(url, token=token or None) as client:
        (facts,) = [each for each in client.streams if each.name == stream]
        options = json.loads(options)
        ladder = [scale for scale in facts.ladder if scale <= options.get("max_scale", max(facts.ladder))]
        rebuilder = framenest.GridRebuilder(ladder, facts.grid_side, facts.channels)
        subscription = client.subscribe(stream, start=start, window=4, **options)
        async for item in subscription.items():
            if isinstance(item, framenest.Packet):
                print(json.dumps(told(item, rebuilder.receive(item))))
            else:
                print(json.dumps({"type": type(item).__name__, **dataclasses.asdict(item)}))
        assert list(subscription.ladder) == ladder
        print(json.dumps({"type": "end", **dataclasses.asdict(subscription.end)}))


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except framenest.FramenestError as error:
        print(json.dumps({"type": "error", "code": error.code, "message": str(error)}))

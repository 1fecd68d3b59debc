"""Reads packets with nothing of ours: one path a line on stdin, one JSON object a line on stdout.

Integers come as text, since JSON's numbers cannot hold 64 bits; floats as the hex of their float64.
"""

import json
import struct
import sys

import numpy

FORMATS = {"I64": "<i8", "F32": "<f4", "I32": "<i4", "F16": "<f2", "BF16": "<u2", "I8": "<i1", "U8": "<u1"}


def values(dtype, data):
    array = numpy.frombuffer(data, FORMATS[dtype])
    if dtype == "BF16":
        array = (array.astype("<u4") << 16).view("<f4")
    if array.dtype.kind == "f":
        return [struct.pack(">d", float(value)).hex() for value in array]
    return [str(value) for value in array]


def read(path):
    with open(path, "rb") as file:
        message = file.read()
    (length,) = struct.unpack("<Q", message[:8])
    header = json.loads(message[8 : 8 + length])
    body = message[8 + length :]
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        found = values(entry["dtype"], body[start:end])
        assert len(found) == numpy.prod(entry["shape"], dtype=int), name
        tensors[name] = {"shape": entry["shape"], "values": found}
    return {"metadata": metadata, "tensors": tensors}


for line in sys.stdin:
    print(json.dumps(read(line.rstrip("\n"))))

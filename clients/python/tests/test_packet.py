"""Packets: golden bytes, and bytes of nobody."""

from __future__ import annotations

import random
import struct
import unittest
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path
from unittest import mock

import numpy as np

from framenest import FramenestError, decode_packet, tensors
from tests.scripted_server import message, packet

GOLDEN = Path(__file__).resolve().parents[3] / "test" / "golden"


def golden(name: str) -> bytes:
    return bytes.fromhex("".join((GOLDEN / f"{name}.hex").read_text().split()))


def code_of(data: bytes) -> str:
    """OK, or the code with which the bytes were refused."""
    try:
        packet = decode_packet(data)
        packet.tokens.sum()
        packet.wallclock  # noqa: B018
        return "OK"
    except FramenestError as error:
        return error.code


@unittest.skipUnless(GOLDEN.is_dir(), "the golden packets are in framenest's repository")
class GoldenPackets(unittest.TestCase):
    def test_uniform(self) -> None:
        read = decode_packet(golden("uniform"))
        self.assertEqual((read.stream, read.sequence, read.epoch, read.stage), ("golden", 0, 0, "pre"))
        self.assertEqual((read.timebase, read.encoder), (Fraction(1, 90000), "sha256:0123456789abcdef"))
        (frame,) = read.frames
        self.assertEqual((frame.ticks, frame.pts, frame.kind, frame.scale), (3600, 0.04, "uniform", 4))
        self.assertEqual((frame.change, frame.dropped_before, frame.slice), (1, 0, slice(0, 4)))
        expected = np.float32([[1, -2, 0.5], [65504, 2**-24, -0.0], [0, 1, 2], [3, 4, 5]])
        np.testing.assert_array_equal(read.tokens, expected)
        self.assertEqual((read.raw.dtype, read.tokens.dtype), (np.float16, np.float32))
        self.assertIsNone(read.position)
        self.assertIsNone(read.wallclock)

    def test_tree(self) -> None:
        read = decode_packet(golden("tree"))
        np.testing.assert_array_equal(read.tokens, np.float32([[1.5, -1.5], [0.1, 3], [1e-30, 1e30]]))
        np.testing.assert_array_equal(read.position, [1024 + 4, 2048, 2048 + 35])
        self.assertEqual((read.frames[0].kind, read.frames[0].dropped_before), ("tree", 2))

    def test_hold_as_bfloat16(self) -> None:
        read = decode_packet(golden("hold"))
        np.testing.assert_array_equal(read.tokens, [[1, -2]])
        self.assertEqual((read.raw.dtype, read.dtype), (np.uint16, "BF16"))
        self.assertEqual((read.epoch, read.stage, read.frames[0].ticks), (7, "post", -1))
        self.assertEqual(read.wallclock, datetime(2023, 11, 14, 22, 13, 20, 123456, timezone.utc))

    def test_refine_as_int8(self) -> None:
        read = decode_packet(golden("refine"))
        integers = np.float32([127 - i if i % 2 == 0 else i - 127 for i in range(18)]).reshape(9, 2)
        np.testing.assert_array_equal(read.tokens, integers * np.float32(0.25) * np.arange(9, dtype=np.float32)[:, None])
        self.assertEqual(read.stream, 'gölden "2"')
        self.assertEqual([frame.slice for frame in read.frames], [slice(0, 1), slice(1, 9)])

    def test_both_readers_agree(self) -> None:
        if tensors._deserialize is None:
            self.skipTest("the safetensors package is not installed")
        for name in ("uniform", "tree", "hold", "refine"):
            with_library = decode_packet(golden(name))
            with mock.patch.object(tensors, "_deserialize", None):
                alone = decode_packet(golden(name))
            np.testing.assert_array_equal(with_library.raw, alone.raw)
            self.assertEqual(with_library.frames, alone.frames)

    def test_bytes_that_were_changed_are_read_or_refused_with_a_code(self) -> None:
        draw = random.Random(1)
        seen = set()
        for _ in range(4000):
            data = bytearray(golden(draw.choice(["uniform", "tree", "hold", "refine"])))
            for _ in range(draw.randint(1, 4)):
                data[draw.randrange(len(data))] = draw.randrange(256)
            cut = draw.randrange(len(data)) if draw.random() < 0.2 else len(data)
            seen.add(code_of(bytes(data[:cut])))
        self.assertLessEqual(seen, {"OK", "WIRE_MALFORMED", "WIRE_LIMIT"})
        self.assertIn("WIRE_MALFORMED", seen)


class HostilePackets(unittest.TestCase):
    def test_random_bytes_are_refused(self) -> None:
        draw = random.Random(2)
        for _ in range(2000):
            self.assertIn(code_of(draw.randbytes(draw.randrange(200))), {"WIRE_MALFORMED", "WIRE_LIMIT"})

    def headers(self, text: bytes, body: bytes = b"") -> str:
        return code_of(struct.pack("<Q", len(text)) + text + body)

    def test_headers_are_refused(self) -> None:
        bad = [
            b"[]",
            b"{",
            b"{\xff}",
            b'{"a":' * 100_000,
            b'{"__metadata__":{"a":1}}',
            b'{"__metadata__":{"a":"1"},"__metadata__":{"a":"2"}}',
            b'{"t":{"dtype":"F32","shape":[' + b"9" * 100_000 + b'],"data_offsets":[0,0]}}',
            b'{"t":{"dtype":"F32","shape":[NaN],"data_offsets":[0,0]}}',
            b'{"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}',
            b'{"t":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}',
            b'{"t":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}',
            b'{"t":{"dtype":["F32"],"shape":[1],"data_offsets":[0,4]}}',
            b'{"t":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}',
            b'{"t":{"dtype":"F32","shape":[9007199254740991,9007199254740991],"data_offsets":[0,4]}}',
            b'{"t":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
            b'{"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        ]
        for text in bad:
            with self.subTest(text[:80]):
                self.assertEqual(self.headers(text, bytes(4)), "WIRE_MALFORMED")

    def test_a_long_header_and_many_tensors_are_refused_unread(self) -> None:
        self.assertEqual(code_of(struct.pack("<Q", 2**63) + b"{"), "WIRE_LIMIT")
        many = {f"t{i}": ("U8", [0], b"") for i in range(65)}
        self.assertEqual(code_of(message({}, many)), "WIRE_LIMIT")

    def test_what_an_error_says_of_a_name_is_short_and_plain(self) -> None:
        with self.assertRaises(FramenestError) as caught:
            decode_packet(message({}, {"\u202e\n" * 5000: ("U9", [0], b"")}))
        self.assertTrue(str(caught.exception).isascii())
        self.assertLess(len(str(caught.exception)), 1000)

    def test_metadata_is_checked(self) -> None:
        for name, value in [
            ("protocol", "framenest.v2"),
            ("sequence", "-1"),
            ("sequence", "٣"),
            ("sequence", "1" * 5000),
            ("timebase", "1/0"),
            ("timebase", "1e999999999"),
            ("stage", "mid"),
            ("wallclock_us", "9" * 18),
        ]:
            with self.subTest(f"{name}={value[:20]}"):
                self.assertEqual(code_of(packet("a", 0, **{name: value})), "WIRE_MALFORMED")
        self.assertEqual(code_of(packet("a", 0)), "OK")

    def test_a_packet_of_too_many_frames_is_refused(self) -> None:
        n = 4097
        many = {
            "pts": ("I64", [n], bytes(8 * n)),
            "cu_seqlens": ("I32", [n + 1], np.arange(n + 1, dtype="<i4").tobytes()),
            "tokens": ("U8", [n, 1], bytes(n)),
        }
        metadata = {"timebase": "1/25"}
        many["tokens"] = ("F16", [n, 1], bytes(2 * n))
        self.assertEqual(code_of(message(metadata, many)), "WIRE_LIMIT")


class Tokens(unittest.TestCase):
    def test_may_have_no_values(self) -> None:
        plain = {"protocol": "framenest.v1", "stream": "a", "sequence": "0", "timebase": "1/25"}
        read = decode_packet(
            message(
                {**plain, "encoder": "e", "stage": "pre", "epoch": "0"},
                {
                    "pts": ("I64", [1], bytes(8)),
                    "cu_seqlens": ("I32", [2], struct.pack("<2i", 0, 4)),
                    "scale": ("I32", [1], struct.pack("<i", 4)),
                    "change": ("F32", [1], bytes(4)),
                    "dropped_before": ("I32", [1], bytes(4)),
                    "tokens": ("F16", [4, 0], b""),
                    "kind": ("U8", [1], b"\0"),
                },
            )
        )
        self.assertEqual(read.tokens.shape, (4, 0))

    def test_are_the_callers_own(self) -> None:
        read = decode_packet(packet("a", 0, value=2.0))
        read.tokens[:] = 5
        self.assertEqual((read.tokens[0, 0], read.raw[0, 0]), (5, 2))
        self.assertFalse(read.raw.flags.writeable)


if __name__ == "__main__":
    unittest.main()

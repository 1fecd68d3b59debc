"""Sessions against a server that a test speaks for: credits, resume, and what must never hang."""

from __future__ import annotations

import asyncio
import gc
import random
import unittest
from datetime import datetime, timezone
from typing import Any, AsyncIterator, Awaitable, Optional

from framenest import (
    Client,
    Demoted,
    End,
    Event,
    FramenestError,
    Gap,
    Packet,
    Region,
    Restarted,
    Retry,
    StreamState,
    Subscription,
    connect,
)
from tests.scripted_server import Handler, ScriptedServer, Session, facts, packet, welcome

SOON = Retry(first_s=0.01, most_s=0.05)


async def soon(waited: Awaitable[Any]) -> Any:
    """Fails what would hang."""
    return await asyncio.wait_for(waited, 20)


def subscribed(following: int = 0) -> dict[str, Any]:
    return {"type": "subscribed", "stream": "a", "next": following, "ladder": [1]}


def gap(first: int, last: int, reason: str = "slow") -> dict[str, Any]:
    return {"type": "gap", "stream": "a", "from": first, "to": last, "frames": last - first + 1, "reason": reason}


def error(code: str, stream: Optional[str] = "a", retryable: bool = False) -> dict[str, Any]:
    words = {"type": "error", "code": code, "message": "No.", "mend": "Stop.", "retryable": retryable}
    return words if stream is None else {**words, "stream": stream}


END = {"type": "end", "stream": "a", "packets": 9, "frames": 9, "tokens": 9}


async def idle(session: Session) -> None:
    while True:
        await session.hear()


async def drain(subscription: Subscription) -> list[Any]:
    return [item async for item in subscription.items()]


def numbers(items: list[Any]) -> list[Any]:
    """Sequences of packets, and everything else as it is."""
    return [item.sequence if isinstance(item, Packet) else item for item in items]


class Clients(unittest.IsolatedAsyncioTestCase):
    async def refused(self, waited: Awaitable[Any], code: str) -> FramenestError:
        with self.assertRaises(FramenestError) as caught:
            await soon(waited)
        self.assertEqual(caught.exception.code, code, str(caught.exception))
        return caught.exception

    async def gives(self, script: Handler, retry: Optional[Retry] = SOON, **options: Any) -> list[Any]:
        """What a subscription to "a" gives."""

        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a", durable=True)))
            await script(session)

        async with ScriptedServer(handler) as server:
            async with connect(server.url, retry=retry) as client:
                return numbers(await soon(drain(client.subscribe("a", **options))))


class Subscriptions(Clients):
    async def test_ask_for_what_they_were_told(self) -> None:
        async def script(session: Session) -> None:
            asked = await session.hear()
            self.assertEqual(
                asked,
                {
                    **{"type": "subscribe", "stream": "a", "from": {"atMs": 1_700_000_000_000}, "maxScale": 36},
                    **{"layout": "tree", "tokensPerSecond": 99.5, "dtype": "I8", "values": False, "key": True},
                    **{"query": " what is at the door? ", "maxLag": 7},
                },
            )
            self.assertEqual(await session.hear(), {"type": "credit", "stream": "a", "packets": 5})
            await session.say(subscribed(), END)
            await idle(session)

        start = datetime.fromtimestamp(1_700_000_000, timezone.utc)
        options: dict[str, Any] = {"max_scale": 36, "layout": "tree", "tokens_per_second": 99.5, "dtype": "I8"}
        options["query"] = " what is at the door? "
        await self.gives(script, start=start, window=5, values=False, key=True, max_lag=7, **options)

    async def test_give_everything_in_order(self) -> None:
        async def script(session: Session) -> None:
            await session.hear("credit")
            demoted = {"type": "demoted", "stream": "a", "maxScale": 9, "reason": "behind"}
            await session.say(subscribed(4), packet("a", 4), gap(5, 6), packet("a", 7), demoted, packet("a", 8), END)
            await idle(session)

        given = await self.gives(script)
        self.assertEqual(given, [4, Gap("a", 5, 6, 2, "slow"), 7, Demoted("a", 9, "behind"), 8])

    async def test_iterate_over_packets_and_log_what_is_missing(self) -> None:
        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            await session.hear("credit")
            await session.say(subscribed(), packet("a", 0, value=3), gap(1, 1), packet("a", 2), END)
            await idle(session)

        async with ScriptedServer(handler) as server, connect(server.url) as client:
            subscription = client.subscribe("a")
            with self.assertLogs("framenest", "WARNING") as logged:
                packets = [each async for each in subscription]
            self.assertEqual([each.sequence for each in packets], [0, 2])
            self.assertEqual(packets[0].tokens.tolist(), [[3]])
            self.assertIn("Gap", logged.output[0])
            self.assertEqual(subscription.end, End("a", 9, 9, 9))
            self.assertEqual(subscription.ladder, (1,))

    async def test_never_grant_more_than_their_window(self) -> None:
        taken = 0

        async def script(session: Session) -> None:
            granted = sent = 0
            await session.say(subscribed())
            while sent < 40:
                granted += (await session.hear("credit"))["packets"]
                self.assertLessEqual(granted - taken, 6)
                while sent < min(granted, 40):
                    await session.say(packet("a", sent))
                    sent += 1
            await session.say(END)
            await idle(session)

        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            await session.hear("subscribe")
            await script(session)

        async with ScriptedServer(handler) as server, connect(server.url) as client:

            async def take() -> None:
                nonlocal taken
                async for each in client.subscribe("a", window=6):
                    self.assertEqual(each.sequence, taken)
                    taken += 1

            await soon(take())
        self.assertEqual(taken, 40)

    async def test_that_are_left_tell_the_server_and_can_be_begun_again(self) -> None:
        left: asyncio.Queue[str] = asyncio.Queue()

        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            for start in (0, 5):
                await session.hear("credit")
                # The second time, with what was still on its way.
                await session.say(*([packet("a", 1)] if start else []), subscribed(start), packet("a", start))
                left.put_nowait((await session.hear("unsubscribe"))["stream"])

        async with ScriptedServer(handler) as server, connect(server.url) as client:
            for start in (0, 5):
                async for each in client.subscribe("a", start=start):
                    self.assertEqual(each.sequence, start)
                    break
                gc.collect()
                self.assertEqual(await soon(left.get()), "a")

    async def test_that_are_left_before_the_answer_take_nothing_from_the_next(self) -> None:
        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            await session.hear("subscribe")
            await session.hear("subscribe")
            await session.say(subscribed(), packet("a", 0), subscribed(7), packet("a", 7), END)
            await idle(session)

        async with ScriptedServer(handler) as server, connect(server.url) as client:
            async with client.subscribe("a") as first:
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(first.__anext__(), 0.05)
            self.assertEqual(numbers(await soon(drain(client.subscribe("a")))), [7])

    async def test_know_which_streams_take_queries(self) -> None:
        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a", queries=True), facts("b", queries=False), facts("c")))
            await idle(session)

        async with ScriptedServer(handler) as server, connect(server.url) as client:
            told = {each.name: each.queries for each in client.streams}
            self.assertEqual(told, {"a": True, "b": False, "c": False})
            longest = " " + "\U0001f6aa" * 512 + " "
            client.subscribe("a", query=longest)

    async def test_refuse_bad_options(self) -> None:
        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            await idle(session)

        bad: list[dict[str, Any]] = [
            *({"window": window} for window in (0, 1.5, 1_000_001, True)),
            *({"start": start} for start in (-1, "now", 1.5, datetime(2026, 1, 1), 2**53)),
            *({"query": query} for query in ("", "  ", "x" * 1025, "\U0001f6aa" * 513, 7)),
            {"query": "a door", "layout": "uniform"},
            *({"dtype": "F64"}, {"layout": "list"}, {"max_scale": 0}, {"tokens_per_second": float("nan")}),
        ]
        async with ScriptedServer(handler) as server, connect(server.url) as client:
            for options in bad:
                with self.subTest(options), self.assertRaises(FramenestError) as caught:
                    client.subscribe("a", **options)
                self.assertEqual(caught.exception.code, "OPTION_INVALID")

    async def test_of_one_stream_come_one_at_a_time(self) -> None:
        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            await idle(session)

        async with ScriptedServer(handler) as server, connect(server.url) as client:
            first = asyncio.ensure_future(drain(client.subscribe("a")))
            await asyncio.sleep(0)
            await self.refused(drain(client.subscribe("a")), "OPTION_INVALID")
            await client.close()
            self.assertEqual(await soon(first), [])
            await self.refused(drain(client.subscribe("a")), "CONNECTION_LOST")


class Resume(Clients):
    async def test_gives_each_packet_once_over_many_lost_connections(self) -> None:
        draw = random.Random(3)
        total = 300

        async def script(session: Session) -> None:
            asked = await session.hear("subscribe")
            at = 0 if asked["from"] == "start" else asked["from"]
            await session.say(subscribed(at))
            granted = 0
            while at < total:
                while granted == 0:
                    granted += (await session.hear("credit"))["packets"]
                if draw.random() < 0.08:
                    return session.cut()
                await session.say(packet("a", at))
                at, granted = at + 1, granted - 1
            await session.say(END)
            await idle(session)

        self.assertEqual(await self.gives(script, start="start", window=8), list(range(total)))

    async def test_asks_for_what_comes_after_a_gap(self) -> None:
        async def script(session: Session) -> None:
            asked = await session.hear("subscribe")
            await session.hear("credit")
            if session.number == 0:
                self.assertEqual(asked["from"], "live")
                await session.say(subscribed(3), packet("a", 3), gap(4, 9))
                return await session.socket.close(1001, "ABORTED")
            self.assertEqual(asked["from"], 10)
            await session.say(subscribed(10), gap(10, 11, "expired"), packet("a", 12), END)
            await idle(session)

        given = await self.gives(script)
        self.assertEqual(given, [3, Gap("a", 4, 9, 6, "slow"), Gap("a", 10, 11, 2, "expired"), 12])

    async def test_is_live_again_where_nothing_had_begun(self) -> None:
        async def script(session: Session) -> None:
            self.assertEqual((await session.hear("subscribe"))["from"], "live")
            if session.number < 2:
                return session.cut()
            await session.say(subscribed(8), END)
            await idle(session)

        self.assertEqual(await self.gives(script), [])

    async def test_goes_on_after_a_server_that_goes_in_order(self) -> None:
        async def script(session: Session) -> None:
            asked = await session.hear("subscribe")
            await session.hear("credit")
            if session.number == 0:
                await session.say({"type": "goaway", "timeLeftMs": 50}, subscribed(), packet("a", 0))
                await session.say(error("ABORTED", retryable=True), END)
                return await session.socket.close(1001, "ABORTED")
            await session.say(subscribed(asked["from"]), packet("a", 1), END)
            await idle(session)

        self.assertEqual(await self.gives(script), [0, 1])

    async def test_asks_again_for_a_stream_that_was_replaced(self) -> None:
        async def script(session: Session) -> None:
            await session.hear("credit")
            await session.say(subscribed(), packet("a", 0), error("ABORTED", retryable=True), END)
            self.assertEqual((await session.hear("subscribe"))["from"], 1)
            await session.say(subscribed(1), packet("a", 1), error("STREAM_UNKNOWN"))
            await idle(session)

        with self.assertRaises(FramenestError) as caught:
            await self.gives(script)
        self.assertEqual(caught.exception.code, "STREAM_UNKNOWN")

    async def test_says_that_the_server_counts_anew(self) -> None:
        async def script(session: Session) -> None:
            await session.hear("credit")
            if session.number == 0:
                await session.say(subscribed(50), packet("a", 50))
                await session.hear("credit")
                return session.cut()
            await session.say(subscribed(2), packet("a", 2), END)
            await idle(session)

        self.assertEqual(await self.gives(script, window=1), [50, Restarted("a", 51, 2), 2])

    async def test_lets_go_of_what_came_already(self) -> None:
        async def script(session: Session) -> None:
            await session.hear("credit")
            await session.say(subscribed(), packet("a", 0), packet("a", 0), packet("a", 1), gap(0, 1), END)
            await idle(session)

        self.assertEqual(await self.gives(script), [0, 1])

    async def test_gives_up_when_it_was_told_to(self) -> None:
        async def handler(session: Session) -> None:
            if session.number == 0:
                await session.say(welcome(facts("a")))
                await session.hear("subscribe")
            session.cut()

        async with ScriptedServer(handler) as server:
            async with connect(server.url, retry=Retry(0.01, 0.02, give_up_s=0.1)) as client:
                await self.refused(drain(client.subscribe("a")), "CONNECTION_LOST")

    async def test_can_be_switched_off(self) -> None:
        async def script(session: Session) -> None:
            await session.hear("subscribe")
            session.cut()

        with self.assertRaises(FramenestError) as caught:
            await self.gives(script, retry=None)
        self.assertEqual((caught.exception.code, caught.exception.retryable), ("CONNECTION_LOST", True))


class Acks(Clients):
    async def test_wait_for_the_disk_also_over_a_lost_connection(self) -> None:
        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a", durable=True), facts("b")))
            self.assertEqual((await session.hear("ack"))["sequence"], 4)
            if session.number == 0:
                return session.cut()
            await session.say({"type": "acked", "stream": "a", "sequence": 3})
            await session.say({"type": "acked", "stream": "a", "sequence": 4})
            await idle(session)

        async with ScriptedServer(handler) as server, connect(server.url, retry=SOON) as client:
            self.assertTrue(await soon(client.ack("a", 4)))
            self.assertFalse(await soon(client.ack("b", 4)))

    async def test_fail_where_the_stream_goes(self) -> None:
        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a", durable=True)))
            await session.hear("ack")
            await session.say({"type": "streams", "streams": []})
            await idle(session)

        async with ScriptedServer(handler) as server, connect(server.url) as client:
            await self.refused(client.ack("a", 4), "STREAM_UNKNOWN")
            self.assertEqual(client.streams, ())


class Events(Clients):
    async def test_come_again_after_a_lost_connection(self) -> None:
        told: dict[str, Any] = {"type": "event", "stream": "a", "atMs": 1_700_000_000_000, "epoch": 2}
        region = {"x": 0, "y": 0.25, "width": 0.5, "height": 0.75}

        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            self.assertEqual(await session.hear(), {"type": "listen", "streams": ["a"]})
            await session.say({**told, "event": "back"}, {"type": "listening"})
            if session.number == 0:
                await session.say({**told, "event": "activity-start", "sequence": 7, "region": region})
                return await session.socket.close(1001)
            await session.say({**told, "event": "lost", "reason": {"code": "INPUT_STALLED", "what": "Frozen."}})
            await idle(session)

        async def two(events: AsyncIterator[Event]) -> list[Event]:
            return [await events.__anext__(), await events.__anext__()]

        at = datetime.fromtimestamp(1_700_000_000, timezone.utc)
        async with ScriptedServer(handler) as server, connect(server.url, retry=SOON) as client:
            first, second = await soon(two(client.events(["a"])))
            self.assertEqual(first, Event("a", "activity-start", at, 2, 7, Region(0, 0.25, 0.5, 0.75), None, None))
            self.assertEqual(second, Event("a", "lost", at, 2, None, None, "INPUT_STALLED", "Frozen."))


class StreamStates(Clients):
    async def test_are_heard_once_each_and_seen_in_the_streams(self) -> None:
        told: dict[str, Any] = {"type": "state", "stream": "a", "epoch": 2, "failures": 0}
        live = {**told, "state": "live", "sinceMs": 1_700_000_000_000}
        reason = {"code": "INPUT_STALLED", "what": "Frozen."}
        lost = {**told, "state": "backing-off", "sinceMs": 1_700_000_001_000, "failures": 1, "reason": reason}
        heard: list[StreamState] = []

        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a"), facts("b", state="connecting")))
            await session.hear("credit")
            await session.say(subscribed(), live, live, {**lost, "retryAtMs": 1_700_000_003_000})
            await session.say({**live, "stream": "gone", "state": "ended"}, END)
            await idle(session)

        at = [datetime.fromtimestamp(1_700_000_000 + second, timezone.utc) for second in range(4)]
        async with ScriptedServer(handler) as server:
            async with connect(server.url, retry=SOON, on_stream_state=heard.append) as client:
                before = client.streams
                await soon(drain(client.subscribe("a")))
                self.assertEqual([each.state for each in client.streams], ["backing-off", "connecting"])
                self.assertEqual([each.state for each in before], ["live", "connecting"])
        self.assertEqual(
            heard,
            [
                StreamState("a", "live", at[0], 2, 0, None, None, None),
                StreamState("a", "backing-off", at[1], 2, 1, at[3], "INPUT_STALLED", "Frozen."),
                StreamState("gone", "ended", at[0], 2, 0, None, None, None),
            ],
        )

    async def test_a_listener_that_fails_ends_no_loop(self) -> None:
        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            await session.hear("credit")
            state = {"type": "state", "stream": "a", "state": "live", "sinceMs": 1, "epoch": 0, "failures": 0}
            await session.say(subscribed(), state, packet("a", 0), END)
            await idle(session)

        def listener(_: StreamState) -> None:
            raise ValueError("mine")

        raised: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context.get("exception")))
        async with ScriptedServer(handler) as server:
            async with connect(server.url, retry=None, on_stream_state=listener) as client:
                self.assertEqual(numbers(await soon(drain(client.subscribe("a")))), [0])
        self.assertEqual([type(each) for each in raised], [ValueError])


class Connecting(Clients):
    async def test_sends_the_token_and_never_says_it(self) -> None:
        async def handler(session: Session) -> None:
            self.assertEqual(session.authorization, f"Bearer token-{session.number}")
            if session.number == 2:
                return await session.socket.close(4401, "TOKEN_EXPIRED")
            await session.say(welcome(facts("a")))
            await session.hear("subscribe")
            session.cut()

        tokens = (f"token-{i}" for i in range(9))
        async with ScriptedServer(handler) as server:
            address = server.url.replace("ws://", "ws://user:hidden@") + "/?key=hidden"
            async with connect(server.url, token=lambda: next(tokens), retry=SOON) as client:
                refused = await self.refused(drain(client.subscribe("a")), "TOKEN_EXPIRED")
            self.assertNotIn("token-", str(refused))
        lost = await self.refused(connect(address, token="hidden")._open(), "CONNECT_FAILED")
        self.assertNotIn("hidden", str(lost))
        await self.refused(connect(address, token="bad\r\nhidden: 1")._open(), "OPTION_INVALID")

    async def test_refuses_addresses_that_are_none(self) -> None:
        for url in ("", "http://127.0.0.1", "ws://", "127.0.0.1:8787", "ws://[::1", "ws://a:99999", "ws://a#b"):
            with self.subTest(url), self.assertRaises(FramenestError) as caught:
                connect(url)
            self.assertEqual(caught.exception.code, "OPTION_INVALID")

    async def test_refuses_a_server_without_the_subprotocol(self) -> None:
        async with ScriptedServer(idle, subprotocols=[]) as server:
            await self.refused(connect(server.url)._open(), "PROTOCOL_UNSUPPORTED")

    async def test_refuses_a_server_that_says_nothing(self) -> None:
        async with ScriptedServer(idle) as server:
            await self.refused(connect(server.url, timeout_s=0.1)._open(), "CONNECT_FAILED")

    async def test_follows_no_redirect_and_tells_a_refusal(self) -> None:
        statuses = {301: "CONNECT_FAILED", 401: "UNAUTHORIZED", 503: "CONNECT_FAILED"}
        for status, code in statuses.items():

            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                lines = f"HTTP/1.1 {status} No\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
                writer.write(lines.encode())
                writer.close()

            server = await asyncio.start_server(answer, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            await self.refused(connect(f"ws://127.0.0.1:{port}", token="t")._open(), code)
            server.close()

    async def test_the_close_reason_of_a_server_is_its_code(self) -> None:
        async def handler(session: Session) -> None:
            await session.socket.close(4429, "SESSION_LIMIT")

        async with ScriptedServer(handler) as server:
            await self.refused(connect(server.url)._open(), "SESSION_LIMIT")


class HostileServers(Clients):
    async def ends_with(self, code: str, *said: Any, **options: Any) -> None:
        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            await session.hear("credit")
            await session.say(subscribed(), *said)
            await idle(session)

        async with ScriptedServer(handler) as server:
            async with connect(server.url, retry=SOON, max_message_bytes=1 << 16) as client:
                await self.refused(drain(client.subscribe("a", **options)), code)
                await self.refused(client.ack("a", 1), code)

    async def test_end_the_session_with_a_code(self) -> None:
        event = {"type": "event", "stream": "a", "event": "cut", "atMs": 1, "epoch": 0}
        state = {"type": "state", "stream": "a", "state": "live", "sinceMs": 1, "epoch": 0, "failures": 0}
        for code, said in [
            ("WIRE_MALFORMED", bytes(40)),
            ("WIRE_MALFORMED", packet("a", 0)[:-1]),
            ("WIRE_LIMIT", bytes(1 << 17)),
            ("PROTOCOL_VIOLATION", "hello"),
            ("PROTOCOL_VIOLATION", "[" * 60_000),
            ("PROTOCOL_VIOLATION", '{"type":"pong","x":' + "9" * 60_000 + "}"),
            ("PROTOCOL_VIOLATION", '"\\ud800"'),
            ("PROTOCOL_VIOLATION", {"type": "dance"}),
            ("PROTOCOL_VIOLATION", {"type": ["pong"]}),
            ("PROTOCOL_VIOLATION", {"type": "subscribed", "stream": "a", "next": -1}),
            ("PROTOCOL_VIOLATION", {"type": "subscribed", "stream": "a", "next": True}),
            ("PROTOCOL_VIOLATION", {"type": "subscribed", "stream": {}, "next": 1}),
            ("PROTOCOL_VIOLATION", {"type": "streams", "streams": [facts("a", timebase="1e9999999999")]}),
            ("PROTOCOL_VIOLATION", {"type": "streams", "streams": [facts("a", ladder=[])]}),
            ("PROTOCOL_VIOLATION", {**event, "atMs": 2**52}),
            ("PROTOCOL_VIOLATION", {**event, "region": {"x": 2, "y": 0, "width": 0, "height": 0}}),
            ("PROTOCOL_VIOLATION", {**state, "sinceMs": 2**52}),
            ("PROTOCOL_VIOLATION", {**state, "retryAtMs": "soon"}),
            ("PROTOCOL_VIOLATION", {**state, "reason": {"code": 7, "what": "a"}}),
            ("PROTOCOL_VIOLATION", gap(5, 6)),
            ("PROTOCOL_VIOLATION", gap(0, -1)),
            ("PROTOCOL_VIOLATION", packet("a", 1)),
            ("SESSION_LIMIT", None),
        ]:
            with self.subTest(str(said)[:80]):
                await self.ends_with(code, error(code, stream=None) if said is None else said)

    async def test_that_send_more_than_was_granted_are_left(self) -> None:
        await self.ends_with("PROTOCOL_VIOLATION", *(packet("a", i) for i in range(3)), window=2)

    async def test_whatever_they_say_nothing_hangs(self) -> None:
        draw = random.Random(4)
        kinds = ["subscribed", "gap", "demoted", "end", "acked", "event", "state", "error", "streams", "goaway", "x"]
        names = ["stream", "next", "from", "to", "frames", "reason", "maxScale", "sequence", "code", "streams"]
        values: list[Any] = ["a", "", 0, 1, -1, 2**60, 0.5, None, True, [], {}, [{}], "live", 1e300]

        async def handler(session: Session) -> None:
            await session.say(welcome(facts("a")))
            await session.hear("credit")
            for _ in range(20):
                fields = {name: draw.choice(values) for name in draw.sample(names, 6)}
                await session.say({"type": draw.choice(kinds), "stream": "a", **fields})
            await session.socket.close(4400, "PROTOCOL_VIOLATION")

        async with ScriptedServer(handler) as server:
            for _ in range(40):
                async with connect(server.url, retry=None) as client:
                    try:
                        await soon(drain(client.subscribe("a")))
                    except FramenestError:
                        pass


if __name__ == "__main__":
    unittest.main()

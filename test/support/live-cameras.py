"""Cameras: serves endless live pictures at rtsp://127.0.0.1:PORT/NAME through GStreamer's RTSP server, prints PORT.

usage: python3 live-cameras.py [--port N] [--login USER PASSWORD] [--codec h264|h265|mjpeg] [--lose SHARE]
       [--lose-at N] [--clock-from TICKS] [--clock-leap TICKS] NAME=LAUNCH …

With --lose that share of the RTP packets never leaves the camera, with --lose-at the one of that number, from 0, of each
stream; streams that are asked for at the same time are one. --clock-from is the RTP timestamp of the first picture,
of 90,000 a second; from the 15th picture on --clock-leap is added to it.

LAUNCH makes raw video, such as "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=10/1".
"""
import argparse
import itertools
import random
import struct

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--port", default="0")
parser.add_argument("--login", nargs=2)
parser.add_argument("--codec", choices=["h264", "h265", "mjpeg"], default="h264")
parser.add_argument("--lose", type=float, default=0)
parser.add_argument("--lose-at", type=int, default=-1)
parser.add_argument("--clock-from", type=int)
parser.add_argument("--clock-leap", type=int, default=0)
parser.add_argument("cameras", nargs="+")
args = parser.parse_args()

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(args.port)
if args.login:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(*args.login), token)
    server.set_auth(auth)


def packets(info):
    if info.type & Gst.PadProbeType.BUFFER:
        return [info.get_buffer()]
    several = info.get_buffer_list()
    return [several.get(i) for i in range(several.length())]


class Leap:
    """Sends each RTP packet anew, with another timestamp: those that pass belong to others too."""

    def __init__(self):
        self.pictures = 0
        self.newest = None
        self.sending = False

    def __call__(self, pad, info):
        if self.sending:
            return Gst.PadProbeReturn.OK
        self.sending = True
        for packet in packets(info):
            pad.push(self.shifted(packet))
        self.sending = False
        return Gst.PadProbeReturn.DROP

    def shifted(self, packet):
        timestamp = struct.unpack(">I", packet.extract_dup(4, 4))[0]
        self.pictures += timestamp != self.newest
        self.newest = timestamp
        leap = args.clock_leap if self.pictures >= 15 else 0
        copy = packet.copy_deep()
        copy.fill(4, struct.pack(">I", (timestamp + leap) % 2**32))
        return copy


def misbehave(_, media):
    fates = (Gst.PadProbeReturn.OK, Gst.PadProbeReturn.DROP)
    pad = media.get_element().get_by_name("pay0").get_static_pad("src")
    if args.lose or args.lose_at >= 0:
        either = Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST
        number = itertools.count()
        pad.add_probe(either, lambda *_: fates[next(number) == args.lose_at or random.random() < args.lose])
    if args.clock_leap:
        leap = Leap()
        for kind in (Gst.PadProbeType.BUFFER, Gst.PadProbeType.BUFFER_LIST):
            pad.add_probe(kind, leap)


clock = "" if args.clock_from is None else f" timestamp-offset={args.clock_from}"
coding = "tune=zerolatency speed-preset=ultrafast bitrate=800 key-int-max=20"
encoder, payloader = {
    "h264": (f"x264enc {coding} ! h264parse", "rtph264pay pt=96 config-interval=1"),
    "h265": (f"x265enc {coding} ! h265parse", "rtph265pay pt=96 config-interval=1"),
    "mjpeg": ("jpegenc", "rtpjpegpay pt=26"),
}[args.codec]
for camera in args.cameras:
    name, launch = camera.split("=", 1)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {launch} ! videoconvert ! video/x-raw,format=I420 ! {encoder} ! {payloader} name=pay0{clock} )")
    factory.set_shared(True)
    factory.connect("media-configure", misbehave)
    if args.login:
        factory.add_role_from_structure(
            Gst.Structure.from_string(
                "viewer,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"
            )[0]
        )
    server.get_mount_points().add_factory(f"/{name}", factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()

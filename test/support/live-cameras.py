"""Cameras: serves endless live pictures at rtsp://127.0.0.1:PORT/NAME through GStreamer's RTSP server, prints PORT.

usage: python3 live-cameras.py [--port N] [--login USER PASSWORD] [--lose SHARE] NAME=LAUNCH …

With --lose that share of the RTP packets never leaves the camera.

LAUNCH makes raw video, such as "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=10/1".
"""
import argparse
import random

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--port", default="0")
parser.add_argument("--login", nargs=2)
parser.add_argument("--lose", type=float, default=0)
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


def lose(_, media):
    kinds = Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST
    fates = (Gst.PadProbeReturn.OK, Gst.PadProbeReturn.DROP)
    pad = media.get_element().get_by_name("pay0").get_static_pad("src")
    pad.add_probe(kinds, lambda *_: fates[random.random() < args.lose])


encoder = "videoconvert ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=800 key-int-max=20 ! h264parse"
for camera in args.cameras:
    name, launch = camera.split("=", 1)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {launch} ! {encoder} ! rtph264pay name=pay0 pt=96 config-interval=1 )")
    factory.set_shared(True)
    factory.connect("media-configure", lose)
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

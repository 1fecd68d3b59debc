"""Run with ``python3 -m unittest`` in the folder above."""

import logging

# What is lost and missing is said on purpose here, hundreds of times.
logging.getLogger("framenest").addHandler(logging.NullHandler())

"""Finds the IP packet in frames of link types that our own walker does not know, with scapy.

The only file that imports scapy (GPL-2.0-only). It is slow to import and to dissect, so it is
imported on first need and its frames are counted. Must not live here: anything for the common link
types (`packets.py`).
"""

import logging

from scapy.config import conf
from scapy.layers import all as layers
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6

from harness.base.limits import FRAME_BYTES_MAX

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

KNOWN_LAYERS: int = len(layers.__all__)
"""How many protocol families scapy brings; they register their link types when they are imported."""


def inner_packet(link: int, frame: bytes) -> bytes | None:
    """The IPv4 or IPv6 packet inside a frame: PPP, Wi-Fi, radiotap and what else scapy knows.

    None when scapy does not know the link type or finds no IP. Never raises on what a frame holds.
    """
    layer = conf.l2types.num2layer.get(link)
    if layer is None or len(frame) > FRAME_BYTES_MAX:
        return None
    try:
        found = layer(frame)
        packet = found.getlayer(IP) or found.getlayer(IPv6)
        return None if packet is None else bytes(packet.original)
    except Exception:  # noqa: BLE001 - dissectors of 200 protocols, fed by strangers
        return None

"""Free ports on loopback for real systems. Must not live here: how a system is started."""

import socket

from harness.base.endpoint import Endpoint

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Even ports that were free for UDP and TCP at the same time, all different.

    Another program may take one before it is used; the start then fails with a clear text.
    """
    held: list[socket.socket] = []
    ports: list[int] = []
    try:
        while len(ports) < count:
            datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            held.append(datagram)
            datagram.bind((HOST, 0))
            port = datagram.getsockname()[1]
            if port % 2:
                continue
            stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            held.append(stream)
            try:
                stream.bind((HOST, port))
            except OSError:
                continue
            ports.append(port)
        return ports
    finally:
        for each in held:
            each.close()


def free_endpoint() -> Endpoint:
    """One free address on 127.0.0.1."""
    return Endpoint(HOST, free_ports(1)[0])

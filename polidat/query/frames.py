"""How the pool and a worker speak over a socket: one kind byte, four bytes of length, the body.

Bodies are JSON or Arrow IPC bytes. Nothing is pickled: a worker runs SQL from strangers and is not believed.
"""

import json
import socket
import struct
from time import monotonic
from typing import Any, NamedTuple

READY = b"R"  # worker: I live, and these walls stand
OPEN = b"O"  # pool: open this grant
RUN = b"Q"  # pool: run this query
BATCH = b"B"  # worker: Arrow IPC bytes
DONE = b"D"  # worker: the answer is complete
FAILED = b"F"  # worker: an error of ours

FRAME_BYTES_MAX = 2**30
_HEAD = struct.Struct(">cI")


class Frame(NamedTuple):
    """One message."""

    kind: bytes
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body of a frame that carries JSON. Raises ValueError for anything but an object."""
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("a frame's JSON must be an object")
        return value  # pyright: ignore[reportUnknownVariableType] - JSON has no narrower type


class LineCut(Exception):  # never leaves the room: the pool turns it into QueryLost
    """The other side went away."""


def send_frame(line: socket.socket, kind: bytes, body: bytes | memoryview) -> None:
    """Send one frame, waiting while the other side is slow. Raises LineCut when it has gone."""
    try:
        line.sendall(_HEAD.pack(kind, len(body)))
        line.sendall(body)
    except TimeoutError:
        raise
    except OSError as error:
        raise LineCut(str(error)) from error


def send_json(line: socket.socket, kind: bytes, value: dict[str, Any]) -> None:
    """Send one frame with a JSON body."""
    send_frame(line, kind, json.dumps(value).encode())


def receive_frame(line: socket.socket, *, until: float | None = None) -> Frame:
    """The next frame. `until` is a moment of the monotonic clock; after it TimeoutError is raised.

    Raises LineCut when the other side went away or says more than a frame may hold.
    """
    kind, size = _HEAD.unpack(_receive(line, _HEAD.size, until))
    if size > FRAME_BYTES_MAX:
        raise LineCut("the frame is too large")
    return Frame(kind, bytes(_receive(line, size, until)))


def _receive(line: socket.socket, size: int, until: float | None) -> bytearray:
    received = bytearray(size)
    view, filled = memoryview(received), 0
    while filled < size:
        if until is not None:
            left_s = until - monotonic()
            if left_s <= 0:
                raise TimeoutError
            line.settimeout(left_s)
        try:
            got = line.recv_into(view[filled:])
        except TimeoutError:
            raise
        except OSError as error:
            raise LineCut(str(error)) from error
        if got == 0:
            raise LineCut("the line was closed")
        filled += got
    return received

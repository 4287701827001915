"""The line between pool and worker, and errors on their way over it."""

import socket
import struct
from time import monotonic

import pytest

from polidat.core import Broken
from polidat.query import TableNotGranted
from polidat.query.errors import error_as_json, restore_error
from polidat.query.frames import DONE, Frame, LineCut, receive_frame, send_frame, send_json


def test_a_frame_arrives_as_it_was_sent():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send_json(ours, DONE, {"rows": 3})

        assert receive_frame(theirs).json() == {"rows": 3}


def test_a_deadline_holds_even_while_bytes_trickle_in():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(struct.pack(">cI", b"B", 100) + b"x")

        with pytest.raises(TimeoutError):
            receive_frame(theirs, until=monotonic() + 0.05)
        with pytest.raises(TimeoutError):
            receive_frame(theirs, until=monotonic() - 1)


def test_a_closed_line_is_told_to_both_who_read_and_who_write():
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()

        with pytest.raises(LineCut):
            receive_frame(ours)
        with pytest.raises(LineCut):
            send_frame(ours, b"B", b"x" * 10)


def test_a_frame_larger_than_any_answer_is_not_read():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(struct.pack(">cI", b"B", 2**31))

        with pytest.raises(LineCut):
            receive_frame(theirs)


def test_json_that_is_no_object_is_an_error():
    with pytest.raises(ValueError, match="object"):
        Frame(DONE, b"[1]").json()


def test_an_error_of_ours_survives_the_line_and_any_other_becomes_broken():
    refused = TableNotGranted("pols", ["polls"])

    restored = restore_error(error_as_json(refused))

    assert type(restored) is TableNotGranted
    assert restored.says == refused.says
    assert restored.status == 404
    assert type(restore_error({"leaf": "SystemExit", "says": "x"})) is Broken

"""Both ways of reading the table of sockets say the same of the same process."""

import os
import socket

import pytest

from onduty.lab.network import sockets


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_both_readings_agree_on_who_listens_and_who_is_connected(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip("this machine has no IPv6")
    port = listener.getsockname()[1]
    with listener, socket.create_connection((address, port)) as client:
        taken, _ = listener.accept()
        with taken:
            here = client.getsockname()[1]
            read = {end for end in sockets.socket_ends([os.getpid()]) if port in (end.port, end.peer_port)}
            asked = {end for end in sockets._from_psutil(os.getpid()) if port in (end.port, end.peer_port)}
    assert read == asked
    assert {(end.port, end.peer_port, end.listens) for end in read} == {
        (port, 0, True),
        (port, here, False),
        (here, port, False),
    }


def test_a_process_that_is_gone_has_none() -> None:
    assert not list(sockets.socket_ends([2**22 - 1]))

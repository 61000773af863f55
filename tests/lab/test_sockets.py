"""Ports and sockets: both ways of reading the table of sockets say the same, and a port that is taken is not given."""

import os
import socket

import pytest

from onduty.lab.network import ports, sockets
from onduty.lab.unmet import NotGraded


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


def test_a_machine_without_a_free_port_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((ports.HOST, 0)) as listener:
        taken = listener.getsockname()[1]
        monkeypatch.setattr(ports, "CHOICES", range(taken, taken + 1))
        with pytest.raises(NotGraded, match="every one is taken"):
            ports.free_port()

"""A port for the service, on a machine that may have none left."""

import resource

import pytest

from onduty.lab.network import ports
from onduty.lab.unmet import NotGraded


def test_a_free_port_can_be_listened_on() -> None:
    with ports.bound(ports.free_port()) as listener:
        listener.listen()


def test_taken_ports_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with ports.bound(ports.free_port()) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "CHOICES", range(port, port + 1))
        with pytest.raises(NotGraded, match=r"No port .*[Aa]ddress already in use"):
            ports.free_port()


def test_a_process_that_may_open_nothing_more_is_told() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        with pytest.raises(NotGraded, match="Too many open files"):
            ports.free_port()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

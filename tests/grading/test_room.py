"""No process of a submission takes a step before it is held to the limits."""

import asyncio
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onduty.grading import filter as rules
from onduty.grading.boundary import Boundary
from onduty.grading.model import Limits
from onduty.grading.room import Rooms

BUBBLEWRAP = """
import json, os, sys
options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
if not (child := os.fork()):
    os.read(int(options["--block-fd"]), 1)
    open(sys.argv[1], "w").close()
    os._exit(0)
os.close(int(options["--block-fd"]))
os.write(int(options["--info-fd"]), json.dumps({"child-pid": child}).encode())
os.wait()
"""


def test_a_process_that_cannot_be_held_never_begins(tmp_path: Path, monkeypatch) -> None:
    boundary = Boundary("bwrap", tmp_path, tmp_path, Limits(), tmp_path)
    marker = tmp_path / "it has begun"
    monkeypatch.setattr(
        Boundary, "room", lambda *_, gate: [sys.executable, "-I", "-S", "-c", BUBBLEWRAP, str(marker), *gate]
    )
    monkeypatch.setattr(Rooms, "_hold", lambda *_: (_ for _ in ()).throw(ProcessLookupError))
    launching = Rooms(boundary).launch(
        [sys.executable], directory=tmp_path, environment={}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with pytest.raises(ProcessLookupError):
        asyncio.run(launching)
    time.sleep(0.5)
    assert not marker.exists()


@pytest.mark.parametrize("machine", rules.MACHINES)
def test_the_filter_refuses_what_nobody_can_count_and_nothing_else(machine: str) -> None:
    architecture, numbers = rules.MACHINES[machine]
    for number in range(500):
        for flags in (0x02, 0x01, 0x22, 0x21):
            refused = number in numbers.values() and (number != numbers["mmap"] or flags == 0x21)
            assert answer(rules.program(machine), number, architecture, flags) == (not refused), (number, flags)
    assert not answer(rules.program(machine), 0, architecture ^ 1, 0)
    assert not answer(rules.program(machine), rules.OTHER_NUMBERS + 1, architecture, 0)


def answer(program: bytes, number: int, architecture: int, flags: int) -> bool:
    """What the kernel would do with such a call."""
    shown = {rules.NUMBER: number, rules.ARCHITECTURE: architecture, rules.FLAGS: flags}
    steps = list(struct.iter_unpack("HBBI", program))
    place = found = 0
    while True:
        code, yes, no, value = steps[place]
        place += 1
        match code:
            case rules.LOAD:
                found = shown[value]
            case rules.AND:
                found &= value
            case rules.EQUAL:
                place += yes if found == value else no
            case rules.AT_LEAST:
                place += yes if found >= value else no
            case _:
                return bool(value == rules.ALLOW)

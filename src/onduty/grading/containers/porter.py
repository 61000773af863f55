"""The first process of a room: starts the service's processes, as users of their own, when the judge says so.

It is started as a program of its own (`python -I -S porter.py UID`), so it imports nothing but the standard library. It
has let the judge in before anything of the submission runs; nothing of the submission can become its user.

Each process has a minder, who stays with its orphans. Whoever kills a minder, as the judge does when a service is to
be over, ends everything that has the user of its process: one signal to all at once, faster than any of them forks.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any

DOOR = "\0onduty-porter"
LONGEST = 1 << 17
PATIENCE = 60.0
TURN = 0.01
SET_CHILD_SUBREAPER = 36
FIRST_TO_GO = b"1000"
"""Where memory runs out, the kernel ends whoever has this first."""
CANNOT_RUN = 126


def main() -> None:
    """Serve the judge until it is gone."""
    minder = int(sys.argv[1])
    door = _door()
    users: dict[int, int] = {}
    while True:
        if select.select([door], [], [], TURN)[0]:
            said, descriptors, _, _ = socket.recv_fds(door, LONGEST, 3)
            if not said:
                return
            wanted = json.loads(said)
            with contextlib.suppress(BlockingIOError):  # no process is left for it, and the judge hears nothing
                users[_minded(wanted, descriptors, minder)] = wanted["user"]
            for descriptor in descriptors:
                os.close(descriptor)
        _bury(users)


def _bury(users: dict[int, int]) -> None:
    """Bury minders; end all that is left of the user of one that was killed."""
    while users:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        user = users.pop(pid)
        if os.WIFSIGNALED(status):
            os.setresuid(0, user, 0)  # the user's own right to signal, and still nobody's to signal us
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            os.setresuid(0, 0, 0)


def _door() -> socket.socket:
    deadline = time.monotonic() + PATIENCE
    while True:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            door.connect(DOOR)
        except ConnectionRefusedError:
            door.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(TURN)
        else:
            return door


def _minded(wanted: dict[str, Any], descriptors: Sequence[int], minder: int) -> int:
    """Start a minder and its process; return when the minder is none of those whom a signal of ours could reach."""
    waiting, ready = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _mind(wanted, descriptors, ready, minder)
        finally:
            os._exit(0)
    os.close(ready)
    os.read(waiting, 1)
    os.close(waiting)
    return pid


def _mind(wanted: dict[str, Any], descriptors: Sequence[int], ready: int, minder: int) -> None:
    """Start one process, tell its number, stay with its orphans, tell how it ended."""
    channel, stdout, stderr = descriptors
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1)
    started = os.fork()
    if started == 0:
        try:
            _become(wanted, stdout, stderr)
        finally:
            os._exit(CANNOT_RUN)
    os.setresuid(minder, minder, minder)
    for descriptor in (ready, stdout, stderr):
        os.close(descriptor)
    with contextlib.suppress(BrokenPipeError):
        os.write(channel, f"{started} {os.getpid()}\n".encode())
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.wait()
            if pid == started:
                with contextlib.suppress(BrokenPipeError):
                    os.write(channel, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _become(wanted: dict[str, Any], stdout: int, stderr: int) -> None:
    os.setsid()
    with open("/proc/self/oom_score_adj", "wb") as file:  # noqa: PTH123 - nothing may be imported for it
        file.write(FIRST_TO_GO)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, descriptor in enumerate((nothing, stdout, stderr)):
        os.dup2(descriptor, target)
    os.closerange(3, max(nothing, stdout, stderr, 256))
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, and what is ignored stays so
    user, words = wanted["user"], wanted["words"]
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.chdir(wanted["directory"])
    try:
        os.execvpe(words[0], words, wanted["environment"])  # noqa: S606 - a Procfile's words go to no shell
    except OSError as error:
        os.write(2, f"{words[0]}: {error.strerror}\n".encode())


if __name__ == "__main__":
    main()

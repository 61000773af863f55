"""Makes the process one that can be relied on, however it was started and whenever it is interrupted."""

import _thread
import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from onduty.cli.plain import HANDLER

ENDS: Final = (signal.SIGTERM, signal.SIGHUP)
"""What asks a process to end without a Ctrl-C: a supervisor, a terminal that is closed."""

_ended_by = signal.SIGINT
_tell_unraisable: Callable[["sys.UnraisableHookArgs"], object] | None = None


def prepare() -> None:
    """Give the process whole streams, and lose no interruption. May be called again."""
    global _tell_unraisable  # noqa: PLW0603 - the hook belongs to the process
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - it stays open
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            # Names of files need not be text: what was not UTF-8 when it was read goes out as it came in.
            stream.reconfigure(errors="surrogateescape" if stream.encoding.lower() == "utf-8" else HANDLER)
    if _tell_unraisable is None:
        _tell_unraisable = sys.unraisablehook
        sys.unraisablehook = _interrupt_again
    if threading.current_thread() is threading.main_thread():
        for number in ENDS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _end)


def interrupted() -> int:
    """The exit code of a process that was interrupted, as a shell would show it."""
    return 128 + _ended_by


def _end(number: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C does: what is open is closed, and nothing temporary stays behind."""
    global _ended_by  # noqa: PLW0603 - a process ends once
    _ended_by = signal.Signals(number)
    heard = signal.getsignal(signal.SIGINT)
    if not callable(heard):
        raise KeyboardInterrupt
    heard(signal.SIGINT, frame)


def _interrupt_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """Python drops an interruption that comes while it runs a callback of its own, and prints a traceback instead."""
    if unraisable.exc_type is KeyboardInterrupt:
        # In a moment: now, it would be dropped once more.
        threading.Timer(0.01, _thread.interrupt_main).start()
    elif _tell_unraisable is not None:
        _tell_unraisable(unraisable)

"""Makes the process one that can be relied on, however it was started and whenever it is interrupted."""

import _thread
import io
import os
import sys
import threading
from collections.abc import Callable

from onduty.cli.plain import HANDLER

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


def _interrupt_again(unraisable: "sys.UnraisableHookArgs") -> None:
    """Python drops an interruption that comes while it runs a callback of its own, and prints a traceback instead."""
    if unraisable.exc_type is KeyboardInterrupt:
        # In a moment: now, it would be dropped once more.
        threading.Timer(0.01, _thread.interrupt_main).start()
    elif _tell_unraisable is not None:
        _tell_unraisable(unraisable)

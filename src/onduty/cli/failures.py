"""The last resort: turns whatever ended a command into one sentence on stderr and an exit code."""

import errno
import os
import platform
import shutil
import sys
import textwrap
import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO

from onduty.cli.process import interrupted
from onduty.course.problems import Problem

USAGE: Final = 2
NOT_POSSIBLE: Final = 3
OUR_FAULT: Final = 4
PIPE_CLOSED: Final = 141

_TOLD: Final = {
    errno.ENOSPC: "The disk is full{at}. Free some space and try again; your files are as they were.",
    errno.EDQUOT: "Your disk quota is used up{at}. Free some space and try again; your files are as they were.",
    errno.EROFS: "The file system is read-only{at}. Make it writable, or work elsewhere: `onduty init DIR`.",
    errno.EACCES: "Permission denied{at}. Give yourself access to it, or work elsewhere: `onduty init DIR`.",
    errno.EPERM: "This is not permitted{at}. Give yourself access to it, or work elsewhere: `onduty init DIR`.",
    errno.ENOTDIR: "A file stands where a directory belongs{at}. Name another place, or move the file away.",
    errno.EISDIR: "A directory stands where a file belongs{at}. Move it away and try again.",
    errno.EEXIST: "Something else stands there already{at}. Move it away and try again.",
    errno.ENOTEMPTY: "Something else stands there already{at}. Move it away and try again.",
    errno.ENOENT: "There is no such file or directory{at}. Look for a slip in its name, or put it back and try again.",
    errno.EMFILE: "Too many files are open. Close some programs, or raise the limit with `ulimit -n 1024`.",
}


def tell(error: BaseException) -> int:
    """Say on stderr what happened; returns the exit code that says the same."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, BrokenPipeError):
        _silence(sys.stdout)
        return PIPE_CLOSED
    sentence, code = _sentence(error)
    with suppress(OSError):
        print(_wrapped(sentence), file=sys.stderr, flush=True)  # noqa: T201 - no library may be trusted to work by now
    try:
        sys.stdout.flush()
    except OSError:
        _silence(sys.stdout)
    return code


def _silence(stream: TextIO) -> None:
    """Nobody takes what is left to write. Python would try again at its end, and complain."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _wrapped(sentence: str) -> str:
    if not sys.stderr.isatty():
        return sentence
    width = shutil.get_terminal_size().columns
    return "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in sentence.splitlines()
    )


def _sentence(error: BaseException) -> tuple[str, int]:
    if isinstance(error, Problem):
        return str(error), error.exit_code
    if _was_interrupted(error):
        # The terminal has just shown ^C.
        return "\nInterrupted." if sys.stderr.isatty() else "Interrupted.", interrupted()
    if isinstance(error, FileNotFoundError) and error.filename is None:
        return "The directory you are in does not exist any more. `cd` to another one.", USAGE
    if isinstance(error, OSError) and error.errno in _TOLD:
        # Where one file was to take the place of another, that other one is what somebody knows.
        name = error.filename2 or error.filename
        at = f": {name}" if name else ""
        return _TOLD[error.errno].format(at=at), NOT_POSSIBLE
    return _usage(error) or _lacking(error) or _our_fault(error)


def _was_interrupted(error: BaseException | None) -> bool:
    """Python wraps an interruption into another error when it comes while a class is made."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__
    return False


def _usage(error: BaseException) -> tuple[str, int] | None:
    import typer

    if isinstance(error, typer.Abort):
        return "Interrupted.", interrupted()
    if not isinstance(error, typer.TyperException):
        return None
    message = error.format_message()
    if message.startswith("Usage: "):
        # Nothing was named of what there is: the whole help is the message.
        return message, USAGE
    message = message.replace("Value error, ", "").rstrip(".?")
    command = getattr(getattr(error, "ctx", None), "command_path", "onduty")
    return f"{message}{'?' if 'Did you mean' in message else '.'} `{command} --help` shows what there is.", USAGE


def _lacking(error: BaseException) -> tuple[str, int] | None:
    from onduty.lab.unmet import NotGraded

    return (str(error), NOT_POSSIBLE) if isinstance(error, NotGraded) else None


def _our_fault(error: BaseException) -> tuple[str, int]:
    brief = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    try:
        where = f"Details are in {_log(error)}; please attach that file to an issue."
    except OSError:
        where = "The details could not be written to a file; please open an issue with this line."
    return f"Something went wrong in onduty itself, not in your code ({brief}). {where}", OUR_FAULT


def _log(error: BaseException) -> Path:
    from onduty.lab.machine.paths import cache_dir

    logs = cache_dir() / "logs"
    logs.mkdir(exist_ok=True)
    path = logs / f"{datetime.now().astimezone():%Y%m%dT%H%M%S}-{os.getpid()}.log"
    about = f"{sys.argv}\nPython {platform.python_version()}, {platform.platform()}\n\n"
    path.write_text(about + "".join(traceback.format_exception(error)), "utf-8", errors="backslashreplace")
    return path

"""What can go wrong with the service itself. Each message is a sentence or two for the learner."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onduty.lab.hosting.output import Line

EXCEPTION_LINE = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt)\b(?::.*)?$")
LAST_WORDS_MAX = 200


class ServiceCrashed(Exception):
    """The service did not start, or it died: the learner's app is at fault, before or outside any check."""

    def __init__(self, sentence: str, lines: Sequence[Line] = (), *, exit_code: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.lines = list(lines)
        self.exit_code = exit_code

    @property
    def output(self) -> list[str]:
        """The lines that were kept of what the service printed, oldest first."""
        return [line.text for line in self.lines]

    @property
    def text(self) -> str:
        """The same as one text, to look for something in it."""
        return "\n".join(self.output)


class ProcfileError(ServiceCrashed):
    """The Procfile is missing, or the platform cannot read it."""


class DidNotStart(ServiceCrashed):
    """A process ended with an exit status other than 0 before the service was up."""


class ExitedEarly(ServiceCrashed):
    """A process ended with exit status 0 before the service was up."""


class ReleaseFailed(ServiceCrashed):
    """The `release` process failed, so nothing else was started."""


class NeverBound(ServiceCrashed):
    """`web` is running, but nobody takes connections on HOST:PORT."""


class Daemonised(ServiceCrashed):
    """The process that the platform started returned and left others running in the background."""


class PortHeld(ServiceCrashed):
    """Every process of the service has ended and its port is still in use."""


class Died(ServiceCrashed):
    """A process of a service that was up ended, and nobody had asked it to."""


def how_it_ended(exit_code: int) -> str:
    """Say in words how a process ended, from its exit status (negative: the signal that killed it)."""
    if exit_code >= 0:
        return f"ended with exit status {exit_code}"
    try:
        return f"was killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was killed by signal {-exit_code}"


def last_exception(lines: Sequence[Line]) -> str | None:
    """Return the last line that ends a traceback."""
    return next((line.text for line in reversed(lines) if EXCEPTION_LINE.match(line.text)), None)


def last_words(lines: Sequence[Line]) -> str:
    """Return a sentence with the line that most likely says why: the last exception, else the last line with text."""
    words = last_exception(lines) or next((line.text.strip() for line in reversed(lines) if line.text.strip()), None)
    return f"It said: {words[:LAST_WORDS_MAX]}" if words else "It printed nothing."

"""What the service prints, kept as it comes: bounded, whatever the service does."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from onduty.lab.unmet import Unmet

if TYPE_CHECKING:
    from collections.abc import Callable

Stream = Literal["stdout", "stderr"]
KEPT_BYTES = 2_000_000
KEPT_LINES = 10_000
CHUNK = 65_536
DRAIN_CHUNKS = 64


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output: when it came (seconds since the service was made), from which stream of which process."""

    at: float
    stream: Stream
    process: str
    text: str


@dataclass(slots=True)
class _Block:
    """Whole lines that arrived together; split only when somebody reads them, so that a flood costs little."""

    at: float
    stream: Stream
    process: str
    content: bytes
    count: int

    def lines(self) -> list[Line]:
        text = self.content.decode(errors="replace")
        return [Line(self.at, self.stream, self.process, line.rstrip("\r")) for line in text.split("\n")]


class Output:
    """The newest lines of every process of a service: at most 10,000 and so many bytes; `dropped` counts the rest."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._dropped = 0
        self._origin = time.monotonic()
        self._blocks: deque[_Block] = deque()
        self._bytes = 0
        self._count = 0
        self._pipes: set[_Pipe] = set()
        self._news = asyncio.Event()

    def pipe(self, process: str, stream: Stream) -> int:
        """Return a file descriptor for a process to write to; close it once the process has it."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        self._pipes.add(_Pipe(self, reading, process, stream))
        return writing

    @property
    def lines(self) -> list[Line]:
        """The lines that are kept, oldest first."""
        return [line for block in self._blocks for line in block.lines()][-KEPT_LINES:]

    @property
    def dropped(self) -> int:
        """The number of lines that came and were not kept."""
        return self._dropped + max(0, self._count - KEPT_LINES)

    @property
    def text(self) -> str:
        """The lines that are kept, as one text."""
        return "\n".join(line.text for line in self.lines)

    def tail(self, count: int = 20) -> list[Line]:
        """Return the last lines."""
        return self.lines[-count:] if count else []

    def mark(self) -> int:
        """Return a mark for `since`: the number of lines so far."""
        return self._dropped + self._count

    def since(self, mark: int) -> list[Line]:
        """Return the lines that came after the mark and are still kept."""
        return self.tail(min(self.mark() - mark, KEPT_LINES))

    async def until_line(self, predicate: Callable[[str], object], within: float = 5.0, *, since: int = 0) -> Line:
        """Wait for a line whose text satisfies the predicate, also among those that came after `since`."""
        try:
            async with asyncio.timeout(within):
                while True:
                    mark = self.mark()
                    self._news.clear()
                    for line in self.since(since):
                        if predicate(line.text):
                            return line
                    since = mark
                    await self._news.wait()
        except TimeoutError:
            lines = self.tail(1)
            last = f"the last line was {lines[-1].text[:200]!r}" if lines else "it printed nothing"
            expected = "a certain line in the service's output"
            raise Unmet(expected, f"none within {within:g} s; {last}") from None

    def drain(self) -> None:
        """Take in what the processes have written already."""
        for pipe in list(self._pipes):
            pipe.drain()

    def close(self) -> None:
        """Take in what is there, and stop listening."""
        self.drain()
        for pipe in list(self._pipes):
            pipe.close()

    def add(self, process: str, stream: Stream, content: bytes) -> None:
        """Keep some whole lines (without the last newline), and drop as many old ones as that takes."""
        block = _Block(time.monotonic() - self._origin, stream, process, content, content.count(b"\n") + 1)
        self._blocks.append(block)
        self._bytes += len(content)
        self._count += block.count
        while len(self._blocks) > 1 and self._too_much():
            oldest = self._blocks.popleft()
            self._bytes -= len(oldest.content)
            self._count -= oldest.count
            self._dropped += oldest.count
        self._news.set()

    def _too_much(self) -> bool:
        return self._bytes > self._kept_bytes or self._count - self._blocks[0].count > KEPT_LINES

    def ended(self, pipe: _Pipe) -> None:
        """Forget a pipe at whose other end nobody is left."""
        self._pipes.discard(pipe)


class _Pipe:
    """The reading end of one process's stdout or stderr."""

    def __init__(self, output: Output, descriptor: int, process: str, stream: Stream) -> None:
        self._output = output
        self._descriptor = descriptor
        self._process = process
        self._stream: Stream = stream
        self._partial = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._read)

    def drain(self) -> None:
        for _ in range(DRAIN_CHUNKS):
            if not self._read():
                return

    def close(self) -> None:
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        if self._partial:
            self._output.add(self._process, self._stream, self._partial)
        self._output.ended(self)

    def _read(self) -> bool:
        try:
            chunk = os.read(self._descriptor, CHUNK)
        except BlockingIOError:
            return False
        if not chunk:
            self.close()
            return False
        whole, newline, self._partial = (self._partial + chunk).rpartition(b"\n")
        if newline:
            self._output.add(self._process, self._stream, whole)
        if len(self._partial) > CHUNK:
            self._output.add(self._process, self._stream, self._partial)
            self._partial = b""
        return True

"""A client that sends requests at a steady rate, and does not wait for the earlier ones while they are few."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from onduty.lab.clients import client
from onduty.lab.news import News

if TYPE_CHECKING:
    from types import TracebackType

    from onduty.lab.clients.answer import Answer
    from onduty.lab.recorder import Span, Timeline

PER_SECOND = 60.0
WITHIN = 10.0
AT_ONCE = 10
"""So many may be without an answer. On a busy machine the rate falls then, or the load would be what is measured."""
RECOVERED_AFTER = 0.25
"""Failures that are no further apart are drawn as one stretch of trouble: every second request may have met it."""


class SteadyLoad:
    """Sends while its `async with` block lasts, then waits for what has no answer yet.

    `answers` has every answer so far, in the order in which they came; `failed` those that were none, or a 5xx.
    """

    def __init__(self, port: int, path: str, timeline: Timeline, *, per_second: float = PER_SECOND) -> None:
        self.answers: list[Answer] = []
        self._request = client.Request.make("GET", path, None, None, None)
        self._port = port
        self._pause = 1 / per_second
        self._news = News()
        self._stretches = _Stretches(timeline, f"GET {path}, {per_second:g} a second")
        self._requests: set[asyncio.Task[None]] = set()
        self._sender: asyncio.Task[None] | None = None

    @property
    def failed(self) -> list[Answer]:
        """The answers that never came, and those that say that the service is at fault."""
        return [answer for answer in self.answers if has_failed(answer)]

    async def until_answered(self, more: int, within: float = WITHIN) -> None:
        """Wait until so many more requests have come to an end, well or badly."""
        wanted = len(self.answers) + more
        await self._news.until(lambda: len(self.answers), wanted, within, "requests of the steady load to end")

    async def __aenter__(self) -> Self:
        self._sender = asyncio.create_task(self._send())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sender:
            self._sender.cancel()
        if error:
            for request in self._requests:
                request.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)
        self._stretches.end()

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            request = asyncio.create_task(self._ask())
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)
            due = max(due + self._pause, loop.time())
            await asyncio.sleep(due - loop.time())
            while len(self._requests) >= AT_ONCE:
                await asyncio.wait(self._requests, return_when=asyncio.FIRST_COMPLETED)

    async def _ask(self) -> None:
        answer = await client.ask(self._request, self._port, WITHIN)
        self.answers.append(answer)
        self._stretches.add(failed=has_failed(answer))
        self._news.tell()


def has_failed(answer: Answer) -> bool:
    """Tell whether nobody answered, or somebody said that the service is at fault."""
    return answer.status_code is None or answer.status_code >= 500


class _Stretches:
    """Draws hundreds of requests as a few spans: all is well, trouble, all is well again."""

    def __init__(self, timeline: Timeline, label: str) -> None:
        self._timeline = timeline
        self._label = label
        self._span: Span | None = None
        self._answered = self._failed = 0
        self._last_failure = 0.0

    def add(self, *, failed: bool) -> None:
        """Take note of one request that has come to an end."""
        now = self._timeline.now()
        recovered = not failed and self._failed > 0 and now - self._last_failure > RECOVERED_AFTER
        if recovered or (failed and not self._failed):
            self.end()
        if self._span is None:
            self._span = self._timeline.span(self._label, "client", "request")
        if failed:
            self._failed += 1
            self._last_failure = now
        else:
            self._answered += 1

    def end(self) -> None:
        """Close the stretch that is open, if any."""
        if self._span:
            total = self._answered + self._failed
            self._span.end(f"{self._failed} of {total} failed" if self._failed else f"{total} answered")
        self._span = None
        self._answered = self._failed = 0

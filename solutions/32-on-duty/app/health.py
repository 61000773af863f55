"""Readiness: whether each part the service needs answers now, told in time whatever hangs (chapter 19)."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping

# A part may be waited for twice: until it lets go of the last question, and for the answer to this one.
LIMIT = 0.8

Ask = Callable[[], Coroutine[object, object, None]]


class Probe:
    """Asks one part, one question at a time."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._question: asyncio.Task[None] | None = None

    async def answers(self) -> bool:
        if self._question is not None and self._question.cancelling():
            # Given up, and perhaps not over yet: a driver may take seconds to let go of a query.
            await asyncio.wait({self._question}, timeout=LIMIT)
            if not self._question.done():
                return False
        if self._question is None or self._question.done():
            self._question = asyncio.create_task(self._ask())
            self._question.add_done_callback(hear)
        question = self._question
        # Not `asyncio.timeout`, which would wait until the question is over.
        await asyncio.wait({question}, timeout=LIMIT)
        if not question.done():
            question.cancel()
            return False
        return not question.cancelled() and question.exception() is None


def hear(question: asyncio.Task[None]) -> None:
    """Take note of how a question ended, for asyncio complains about an error that nobody waited for."""
    if not question.cancelled():
        question.exception()


class Readiness:
    def __init__(self, parts: Mapping[str, Ask]) -> None:
        self._probes = {name: Probe(ask) for name, ask in parts.items()}

    async def parts(self) -> dict[str, bool]:
        answers: list[Awaitable[bool]] = [probe.answers() for probe in self._probes.values()]
        return dict(zip(self._probes, await asyncio.gather(*answers), strict=True))

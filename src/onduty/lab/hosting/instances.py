"""Several copies of the app behind the platform's proxy: started side by side, and replaced in turn by a deploy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from onduty.lab.hosting.load_balancer import LoadBalancer

if TYPE_CHECKING:
    from onduty.lab.hosting.deployment import Exit
    from onduty.lab.hosting.platform import Platform
    from onduty.lab.hosting.service import Service
    from onduty.lab.recorder import Timeline


class Instances:
    """`running` are the instances that are meant to serve; `proxy` is what their clients talk to.

    Create it inside the event loop that will run it. The platform ends the instances; `close` ends the proxy.
    """

    def __init__(self, platform: Platform, timeline: Timeline) -> None:
        self.proxy = LoadBalancer(timeline)
        self.running: list[Service] = []
        self._platform = platform
        self._new: list[Service] = []
        self._known = 0

    async def start(self, count: int = 2, **environment: Any) -> list[Service]:
        """Start so many instances with this environment; return all once the proxy sends them requests.

        As many more are started with them, for `replace`: a processor that is busy with a start would disturb what is
        measured while instances are replaced. The proxy does not know them yet.
        """
        async with asyncio.TaskGroup() as group:
            starting = [group.create_task(self._platform.start(**environment)) for _ in range(2 * count)]
        services = [start.result() for start in starting]
        self._new = services[count:]
        await asyncio.gather(*(self._put_into_service(service) for service in services[:count]))
        self.running += services[:count]
        return self.running.copy()

    async def replace(self, old: Service) -> asyncio.Task[Exit]:
        """Let a new instance serve; once it does, stop the old one. Return the task that will know how that one ended.

        SIGTERM comes at the worst moment: the proxy has just asked, so for ASKS_EVERY seconds it does not know, and it
        sends everything that comes meanwhile to the old one.
        """
        new = self._new.pop()
        await self._put_into_service(new)
        await self.proxy.until_asked(old)
        self.running[self.running.index(old)] = new
        self.proxy.favour(old)
        return asyncio.create_task(old.stop())

    async def replace_each(self) -> list[Exit]:
        """Replace every instance in turn; return how the old ones ended."""
        stopping = [await self.replace(old) for old in self.running.copy()]
        return list(await asyncio.gather(*stopping))

    async def close(self) -> None:
        """End the proxy."""
        await self.proxy.close()

    async def _put_into_service(self, service: Service) -> None:
        self._known += 1
        self.proxy.add(service, f"instance {self._known}")
        await self.proxy.until_in_rotation(service)

"""One container of a run, with one port on the loopback interface."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, TypeVar

from onduty.lab.errors import LabError
from onduty.lab.machine.process import QUOTED_LINES
from onduty.lab.network.ports import HOST, free_port
from onduty.lab.providers.leftovers import taken_down_at_the_end
from onduty.lab.unmet import NotGraded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from testcontainers.core.container import DockerContainer

    from onduty.lab.run import Run

T = TypeVar("T")

NO_LIBRARY = "`--lab docker` needs the library testcontainers: install `onduty[docker]`, or use `--lab embedded`."
NO_ENGINE = "No Docker engine answers: start it, or use `--lab embedded` ({})."
NO_CONTAINER = "Docker cannot run the image {}: {}"


class Container:
    """A container that is removed when the run is over, however it ended."""

    def __init__(self, container: DockerContainer, port: int) -> None:
        self.host = HOST
        self.port = port
        self._container = container

    @classmethod
    async def start(
        cls, run: Run, image: str, inside: int, command: Sequence[str], environment: Mapping[str, str]
    ) -> Container:
        """Start a container; its port is reached on one of this machine, the same one for all its life."""
        name, outside = f"onduty-{secrets.token_hex(8)}", free_port()
        container = await _finished(lambda: _prepared(image))
        container.with_name(name).with_command(list(command)).with_envs(**environment)
        # Bound by hand, since the library's own methods would open the port to the whole network.
        container.ports[f"{inside}/tcp"] = (HOST, outside)  # type: ignore[assignment]
        taken_down_at_the_end(run.guardian, "container", name=name)
        await _finished(lambda: _start(container))
        return cls(container, outside)

    async def kill(self) -> None:
        """End the processes inside at once."""
        await _finished(self._container.get_wrapped_container().kill)

    async def restart(self) -> None:
        """Stop the processes inside in order, and start them again."""
        await _finished(self._container.get_wrapped_container().restart)

    async def start_again(self) -> None:
        """Start the processes inside after they were killed."""
        await _finished(self._container.get_wrapped_container().start)

    async def pause(self) -> None:
        """Stop the processes inside in their tracks."""
        await _finished(self._container.get_wrapped_container().pause)

    async def unpause(self) -> None:
        """Let the processes inside go on."""
        await _finished(self._container.get_wrapped_container().unpause)

    async def require_running(self) -> None:
        """Raise, with the container's last lines, when it has ended."""
        wrapped = self._container.get_wrapped_container()
        await _finished(wrapped.reload)
        if wrapped.status != "running":
            said = (await _finished(lambda: wrapped.logs(tail=QUOTED_LINES))).decode(errors="replace")
            message = f"The container of {self._container.image} ended.\n{said}"
            raise LabError(message)

    def close(self) -> None:
        """Close the connection to the engine; the guardian removes the container."""
        self._container.get_docker_client().client.close()


def _prepared(image: str) -> DockerContainer:
    try:
        from docker.errors import DockerException  # type: ignore[import-untyped]
        from testcontainers.core.config import testcontainers_config
        from testcontainers.core.container import DockerContainer
    except ImportError as missing:
        raise NotGraded(NO_LIBRARY) from missing
    # Its own reaper is one more image to pull; the lab's guardian does the work.
    testcontainers_config.ryuk_disabled = True
    try:
        return DockerContainer(image)
    except DockerException as refusal:
        raise NotGraded(NO_ENGINE.format(refusal)) from refusal


def _start(container: DockerContainer) -> None:
    from docker.errors import DockerException

    try:
        container.start()
    except DockerException as refusal:
        container.get_docker_client().client.close()
        raise NotGraded(NO_CONTAINER.format(container.image, refusal)) from refusal


async def _finished(work: Callable[[], T]) -> T:
    """Do blocking work in a thread; a cancelled check still waits for it, lest it go on after the cleaning up."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise

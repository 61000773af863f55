"""What the service asks of the cache, as the cache's own MONITOR reports it."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onduty.lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis

REPORT_LIMIT = 5.0
# What client libraries say to introduce themselves.
INTRODUCTIONS = frozenset({"AUTH", "HELLO", "CLIENT", "SELECT", "PING", "COMMAND"})


@dataclass(frozen=True)
class Command:
    """One command: its name in capitals, what follows it, and the address of the connection it came over."""

    name: str
    arguments: str
    client: str


@dataclass
class Commands:
    """The commands of the service between two marks; filled in when the second mark is reached."""

    all: list[Command] = field(default_factory=list)

    def count(self, *names: str) -> int:
        """Return how many commands had one of these names; with no name, how many there were."""
        wanted = {name.upper() for name in names}
        return sum(not wanted or command.name in wanted for command in self.all)


@asynccontextmanager
async def recorded(client: Redis, database: int) -> AsyncIterator[Commands]:
    """Record the commands that others send to this database.

    The server reports commands in the order in which it carried them out, so when our own last word comes back,
    everything before it has been reported.
    """
    commands = Commands()
    last_word = secrets.token_hex(8)
    ours = (await client.client_info())["addr"]
    async with client.monitor() as monitor:
        await monitor.connect()
        yield commands
        await client.echo(last_word)
        async with asyncio.timeout(REPORT_LIMIT):
            async for report in monitor.listen():
                if last_word in report["command"]:
                    return
                name, _, arguments = report["command"].partition(" ")
                address = f"{report['client_address']}:{report['client_port']}"
                if report["db"] == database and address != ours and name.upper() not in INTRODUCTIONS:
                    commands.all.append(Command(name.upper(), arguments, address))
    message = "The cache's MONITOR connection ended before the recording did."
    raise LabError(message)

"""Who may do what in the lab's Valkey, and how each gets in."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from onduty.lab.cache.valkey import new_password
from onduty.lab.network.ports import HOST

USER = "app"
ANSWER_LIMIT = 10.0


@dataclass
class Access:
    """The users of one server: the service's, which may not administer or endanger it, and the lab's."""

    port: int
    password: str = field(default_factory=new_password)
    admin_password: str = field(default_factory=new_password)

    @property
    def url(self) -> str:
        """What the service is given."""
        return f"redis://{USER}:{self.password}@{HOST}:{self.port}/0"

    @property
    def admin_url(self) -> str:
        """What the lab uses."""
        return f"redis://:{self.admin_password}@{HOST}:{self.port}/0"

    @property
    def settings(self) -> list[list[str]]:
        """The server's settings, each as words: these users, and nothing kept on disk."""
        return [
            ["user", "default", "on", f">{self.admin_password}", "~*", "&*", "+@all"],
            ["user", USER, "on", f">{self.password}", "~*", "&*", "+@all", "-@admin", "-@dangerous"],
            ["save", ""],
            ["appendonly", "no"],
        ]

    async def answers(self) -> bool:
        """Tell whether it is our server that listens: only ours knows the password."""
        try:
            reader, writer = await asyncio.open_connection(HOST, self.port)
        except OSError:
            return False
        try:
            writer.write(f"AUTH {self.admin_password}\r\n".encode())
            return await asyncio.wait_for(reader.readline(), ANSWER_LIMIT) == b"+OK\r\n"
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

"""As whom the lab's servers run: PostgreSQL refuses to be root, so root hands it to `nobody`."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onduty.lab.errors import MissingServer
from onduty.lab.machine.paths import is_root

if TYPE_CHECKING:
    from pathlib import Path

STAND_IN = "nobody"


@dataclass(frozen=True)
class Account:
    """The user a server runs as."""

    uid: int
    gid: int
    substitute: bool

    @property
    def options(self) -> dict[str, Any]:
        """What `subprocess.Popen` needs to start a program as this user."""
        if not self.substitute:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def make_directory(self, directory: Path) -> Path:
        """Make a directory that only this user (and root) can enter."""
        directory.mkdir(mode=0o700)
        if self.substitute:
            os.chown(directory, self.uid, self.gid)
        return directory


def ourselves() -> Account:
    """Return the user who runs the lab."""
    return Account(os.getuid(), os.getgid(), substitute=False)


def server_account() -> Account:
    """Return this user, or `nobody` when this user is root."""
    if not is_root():
        _require_name(os.getuid())
        return ourselves()
    try:
        entry = pwd.getpwnam(STAND_IN)
    except KeyError:
        message = f"PostgreSQL refuses to run as root, and this machine has no user `{STAND_IN}`: run as another user."
        raise MissingServer(message) from None
    return Account(entry.pw_uid, entry.pw_gid, substitute=True)


def _require_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        message = f"User {uid} has no name in /etc/passwd, and PostgreSQL refuses to be set up by such a user: add one."
        raise MissingServer(message) from None

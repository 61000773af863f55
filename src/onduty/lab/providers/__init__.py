"""Where the lab's servers come from: programs of this machine, Docker images, or servers that somebody names."""

from __future__ import annotations

from typing import Literal

Provider = Literal["embedded", "docker", "url"]

"""Which course is installed here, and how to install the same one elsewhere."""

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from onduty.course.git import GitFailed, git

PACKAGE: Final = "onduty"


def version() -> str:
    """The course's version."""
    try:
        return distribution(PACKAGE).version
    except PackageNotFoundError:
        return "0+unknown"


def requirement() -> str:
    """A line for `requirements.txt` that installs this course on another machine; it never names a path of this one."""
    try:
        installed = distribution(PACKAGE)
    except PackageNotFoundError:
        return PACKAGE
    return _by_address(installed) or f"{PACKAGE}=={installed.version}"


def _by_address(installed: Distribution) -> str | None:
    """Where pip or uv got it from (PEP 610), if that is an address others can reach."""
    try:
        origin = json.loads(installed.read_text("direct_url.json") or "{}")
        url = origin["url"]
        if "vcs_info" in origin:
            return _by_commit(url, origin["vcs_info"]["commit_id"])
        if "dir_info" in origin:
            checkout = Path(unquote(urlsplit(url).path))
            remote = git(checkout, "remote", "get-url", "origin").decode().strip()
            return _by_commit(remote, git(checkout, "rev-parse", "HEAD").decode().strip())
    except (GitFailed, KeyError, ValueError, TypeError):
        return None
    return f"{PACKAGE} @ {url}" if url.startswith("https://") else None


def _by_commit(remote: str, commit: str) -> str | None:
    short = re.fullmatch(r"(?:[^@/]+@)?([^:/]+):(?!//)(.+)", remote)
    url = f"ssh://git@{short[1]}/{short[2]}" if short else remote
    parts = urlsplit(url)
    if parts.scheme not in {"https", "ssh", "git"}:
        return None
    # A token in the address is nobody else's business; the user of ssh belongs to it.
    host = parts.netloc if parts.scheme == "ssh" else parts.netloc.rpartition("@")[2]
    return f"{PACKAGE} @ git+{urlunsplit(parts._replace(netloc=host))}@{commit}"

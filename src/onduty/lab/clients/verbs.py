"""The HTTP verbs as methods, for whoever can send a request: at once, later, or on one connection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar, Unpack

if TYPE_CHECKING:
    from collections.abc import Mapping

WITHIN = 10.0
Result = TypeVar("Result")


class Options(TypedDict, total=False):
    """What a request may bring: the time it is given, headers, a JSON or other body, its lane on the timeline."""

    within: float
    headers: Mapping[str, str]
    json: object
    content: str | bytes
    lane: str


class Verbs(ABC, Generic[Result]):
    """`get`, `post`, `put`, `patch` and `delete`, all by way of `request`."""

    @abstractmethod
    def request(self, method: str, path: str, **options: Unpack[Options]) -> Result:
        """Send a request. Trouble on the network is never raised: it is the answer's outcome."""

    def get(self, path: str, **options: Unpack[Options]) -> Result:
        """Send a GET request."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Unpack[Options]) -> Result:
        """Send a POST request."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Unpack[Options]) -> Result:
        """Send a PUT request."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Unpack[Options]) -> Result:
        """Send a PATCH request."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[Options]) -> Result:
        """Send a DELETE request."""
        return self.request("DELETE", path, **options)

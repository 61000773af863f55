"""A synchronous httpx transport with one deadline for the whole call, kept where the waiting is done: at the socket."""

import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

ends: ContextVar[float] = ContextVar("ends")


def left() -> float:
    seconds = ends.get() - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds


class Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return Stream(self._inner.start_tls(ssl_context, server_hostname, left()))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return Stream(super().connect_tcp(host, port, left(), local_address, socket_options))


class DeadlineTransport(httpx.BaseTransport):
    def __init__(self, seconds: float, connections: int) -> None:
        self._seconds = seconds
        self._pool = httpcore.ConnectionPool(
            network_backend=Backend(), max_connections=connections, max_keepalive_connections=connections
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        ends.set(time.monotonic() + self._seconds)
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        response = self._pool.request(
            request.method,
            url,
            headers=request.headers.raw,
            content=request.read(),
            extensions={"timeout": {"pool": self._seconds}},
        )
        return httpx.Response(response.status, headers=response.headers, content=response.content)

    def close(self) -> None:
        self._pool.close()

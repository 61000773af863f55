"""The numbers of this process in Prometheus' text format."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from http import HTTPMethod

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset(HTTPMethod)


class Metrics:
    def __init__(self) -> None:
        self.in_progress = 0
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._within: Counter[tuple[str, str, float]] = Counter()
        self._payment_calls: Counter[str] = Counter()
        self._connections: Callable[[], int] = lambda: 0

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        # Each label is a time series, and a client may call its method as it likes.
        method = method if method in METHODS else "other"
        self._requests[method, route, status] += 1
        self._counts[method, route] += 1
        self._seconds[method, route] += seconds
        for bucket in BUCKETS:
            self._within[method, route, bucket] += seconds <= bucket

    def payment_call(self, outcome: str) -> None:
        self._payment_calls[outcome] += 1

    def watch_connections(self, in_use: Callable[[], int]) -> None:
        self._connections = in_use

    def text(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield "# TYPE http_requests_total counter"
        for (method, route, status), count in self._requests.items():
            yield f'http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
        yield "# TYPE http_request_duration_seconds histogram"
        for (method, route), count in self._counts.items():
            labels = f'method="{method}",route="{route}"'
            for bucket in BUCKETS:
                within = self._within[method, route, bucket]
                yield f'http_request_duration_seconds_bucket{{{labels},le="{bucket}"}} {within}'
            yield f'http_request_duration_seconds_bucket{{{labels},le="+Inf"}} {count}'
            yield f"http_request_duration_seconds_sum{{{labels}}} {self._seconds[method, route]:.6f}"
            yield f"http_request_duration_seconds_count{{{labels}}} {count}"
        yield "# TYPE http_requests_in_progress gauge"
        yield f"http_requests_in_progress {self.in_progress}"
        yield "# TYPE database_connections_in_use gauge"
        yield f"database_connections_in_use {self._connections()}"
        yield "# TYPE payment_calls_total counter"
        for outcome, count in self._payment_calls.items():
            yield f'payment_calls_total{{outcome="{outcome}"}} {count}'

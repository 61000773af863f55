"""What the service has to know before it can work."""

import os

# TODO(02.1): and if the platform gives us nothing, or nonsense?
# TODO(02.2): who would be told, and what would it say?
# TODO(02.3): whose values are these, when the same code runs in production and in staging?
SECRET_KEY = "owl-4f1c9d27e86b50a3-signs-for-night-owl"
PAYMENTS_URL = os.getenv("PAYMENTS_URL", "https://live.owlpay.example")
ORDER_LINES_MAX = 20


def database_url() -> str:
    return os.environ["DATABASE_URL"]


def payments_deadline() -> float:
    return float(os.environ["PAYMENTS_DEADLINE"])


def dump() -> dict[str, str]:
    """Everything in one place, for when something is wrong."""
    return {
        "database_url": os.getenv("DATABASE_URL", ""),
        "secret_key": SECRET_KEY,
        "payments_url": PAYMENTS_URL,
        "payments_deadline": os.getenv("PAYMENTS_DEADLINE", ""),
        "order_lines_max": str(ORDER_LINES_MAX),
        "environment": os.getenv("ENVIRONMENT", "development"),
    }

"""What helps to find out why something does not work."""

from typing import Any

from fastapi import APIRouter

from app.settings import AppSettings

router = APIRouter(prefix="/debug", tags=["debugging"])
MASK = "**********"


@router.get("/settings")
async def read_settings(settings: AppSettings) -> dict[str, Any]:
    database = settings.database_url.get_secret_value()
    password = database.hosts()[0]["password"] or ""
    return {
        "environment": settings.environment,
        "DATABASE_URL": str(database).replace(password, MASK),
        "SECRET_KEY": MASK,
        "payments": {"url": str(settings.payments_url), "deadline": str(settings.payments_deadline)},
        "ORDER_LINES_MAX": str(settings.order_lines_max),
    }

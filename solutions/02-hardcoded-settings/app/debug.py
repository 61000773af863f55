"""What helps to find out why something does not work."""

from typing import Any

from fastapi import APIRouter

from app.settings import AppSettings

router = APIRouter(prefix="/debug", tags=["debugging"])


@router.get("/settings")
async def read_settings(settings: AppSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json")

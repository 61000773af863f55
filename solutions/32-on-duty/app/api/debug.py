"""Mounted in development only."""

from typing import Any

from fastapi import APIRouter

from app.api.deps import SettingsDep

router = APIRouter(prefix="/debug", tags=["debug"])


@router.get("/settings")
async def read_settings(settings: SettingsDep) -> dict[str, Any]:
    """The settings in force; what is a secret is masked by its type."""
    return {name.upper(): value for name, value in settings.model_dump(mode="json").items()}

"""What helps to find out why something does not work."""

import os
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.settings import AppSettings

router = APIRouter(prefix="/debug", tags=["debugging"])


@router.get("/settings")
async def read_settings(settings: AppSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json")


async def show_error(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": repr(error), "environment": dict(os.environ)}, status_code=500)

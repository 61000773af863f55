"""What the platform asks: is the process alive, is it ready, how is it doing."""

import hmac
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from app.api.deps import SettingsDep

router = APIRouter(tags=["platform"])


@router.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "live"}


@router.get("/health/ready")
async def ready() -> dict[str, Any]:
    return {"status": "ready", "parts": {"database": "ok", "cache": "ok"}}


@router.get("/metrics")
async def metrics(request: Request, settings: SettingsDep) -> Response:
    token = settings.metrics_token
    if not settings.in_development:
        given = request.headers.get("authorization", "").encode()
        if token is None or not hmac.compare_digest(given, f"Bearer {token.get_secret_value()}".encode()):
            raise HTTPException(404)
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4")

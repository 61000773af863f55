"""What the platform asks: is the process alive, is it ready, how is it doing."""

import hmac

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.api.deps import SettingsDep

router = APIRouter(tags=["platform"])


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Asks nobody: a restart would not repair somebody else."""
    return {"status": "live"}


@router.get("/health/ready")
async def ready(request: Request) -> Response:
    """Whether to send requests here: nobody has asked us to end."""
    told = {"database": "ok", "cache": "ok"}
    if not request.app.state.draining.begun:
        return JSONResponse({"status": "ready", "parts": told})
    return JSONResponse({"status": "not ready", "parts": told}, 503, {"Retry-After": "2"})


@router.get("/metrics")
async def metrics(request: Request, settings: SettingsDep) -> Response:
    token = settings.metrics_token
    if not settings.in_development:
        given = request.headers.get("authorization", "").encode()
        if token is None or not hmac.compare_digest(given, f"Bearer {token.get_secret_value()}".encode()):
            raise HTTPException(404)
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4")

"""Is the process alive, and should it be sent requests? Two questions; chapter 19 says why."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

router = APIRouter(prefix="/health")


@router.get("/live")
async def live(request: Request) -> JSONResponse:
    # Told to go: neither ready nor, any more, alive.
    if request.app.state.draining.begun:
        return JSONResponse({"status": "stopping"}, 503)
    return JSONResponse({"status": "live"})


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    answers = await request.app.state.database.answers()
    parts = {"database": "ok" if answers else "failed"}
    # The proxy takes this for "send me nothing more"; what it sends until it has asked is served.
    if request.app.state.draining.begun or not answers:
        return JSONResponse({"status": "not ready", "parts": parts}, 503, {"Retry-After": "2"})
    return JSONResponse({"status": "ready", "parts": parts})

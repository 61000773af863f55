from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

router = APIRouter(prefix="/health")


@router.get("/live")
async def live() -> dict[str, str]:
    return {"status": "live"}


@router.get("/ready")
async def ready(request: Request) -> Response:
    well = hasattr(request.app.state, "sessions") and hasattr(request.app.state, "cache")
    state = "ok" if well else "failed"
    parts = {"database": state, "cache": state}
    return JSONResponse({"status": "ready" if well else "not ready", "parts": parts}, 200 if well else 503)

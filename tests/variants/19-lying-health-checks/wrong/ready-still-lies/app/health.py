from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

router = APIRouter(prefix="/health")


@router.get("/live")
async def live() -> dict[str, str]:
    return {"status": "live"}


@router.get("/ready")
async def ready() -> Response:
    return JSONResponse({"status": "ready", "parts": {"database": "ok", "cache": "ok"}})

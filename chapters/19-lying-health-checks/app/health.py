"""What the platform asks."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text

from app.cache import MenuCache
from app.database import DatabaseSession

router = APIRouter(prefix="/health")


# TODO(19.1): the platform restarts a process that fails this. What does that repair?
@router.get("/live")
async def live(session: DatabaseSession, cache: MenuCache) -> Response:
    try:
        await session.execute(text("SELECT 1"))
        await cache.ping()
    # TODO(19.5): who reads this text, besides us?
    except Exception as error:
        return JSONResponse({"status": "down", "error": str(error)}, 503)
    return JSONResponse({"status": "live"})


# TODO(19.2): how does this know?
@router.get("/ready")
async def ready() -> Response:
    return JSONResponse({"status": "ready", "parts": {"database": "ok", "cache": "ok"}})

"""What helps to find out why something does not work."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app import settings

router = APIRouter(prefix="/debug", tags=["debugging"])


# TODO(02.4): who may see this, and all of it?
@router.get("/settings")
async def read_settings() -> dict[str, str]:
    return settings.dump()


async def show_error(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": repr(error), "settings": settings.dump()}, status_code=500)

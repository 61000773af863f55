"""What an endpoint may ask for."""

from typing import Annotated

from fastapi import Depends, Path, Request

from app.schemas.fields import Id
from app.settings import Settings
from app.shop import Shop


async def get_shop(request: Request) -> Shop:
    shop: Shop = request.app.state.shop
    return shop


async def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def get_client_address(request: Request) -> str:
    """Whose request this is. Each trusted proxy adds one entry to X-Forwarded-For; what stands before is hearsay."""
    settings: Settings = request.app.state.settings
    peer = request.client.host if request.client else "unknown"
    told = ",".join(request.headers.getlist("x-forwarded-for"))
    addresses = [*(entry.strip() for entry in told.split(",") if entry.strip()), peer]
    return addresses[max(0, len(addresses) - 1 - settings.trusted_hops)]


ShopDep = Annotated[Shop, Depends(get_shop)]
SettingsDep = Annotated[Settings, Depends(get_settings)]
ClientAddress = Annotated[str, Depends(get_client_address)]
PathId = Annotated[Id, Path()]

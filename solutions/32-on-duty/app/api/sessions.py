from fastapi import APIRouter, status

from app.api.deps import ClientAddress, ShopDep
from app.schemas.customers import LogIn, RefreshToken, Tokens

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.post("", status_code=status.HTTP_201_CREATED)
async def log_in(given: LogIn, shop: ShopDep, client: ClientAddress) -> Tokens:
    return await shop.sessions.log_in(given, client)


@router.post("/refresh", status_code=status.HTTP_201_CREATED)
async def refresh(given: RefreshToken, shop: ShopDep) -> Tokens:
    return await shop.sessions.refresh(given.refresh_token.get_secret_value())


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
async def log_out(given: RefreshToken, shop: ShopDep) -> None:
    await shop.sessions.log_out(given.refresh_token.get_secret_value())

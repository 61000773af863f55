from fastapi import APIRouter, status

from app.api.deps import ClientAddress, ShopDep
from app.schemas.customers import LogIn, RefreshToken, Tokens

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.post("", status_code=status.HTTP_201_CREATED)
def log_in(given: LogIn, shop: ShopDep, client: ClientAddress) -> Tokens:
    return shop.sessions.log_in(given, client)


@router.post("/refresh", status_code=status.HTTP_201_CREATED)
def refresh(given: RefreshToken, shop: ShopDep) -> Tokens:
    return shop.sessions.refresh(given.refresh_token.get_secret_value())


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
def log_out(given: RefreshToken, shop: ShopDep) -> None:
    shop.sessions.log_out(given.refresh_token.get_secret_value())

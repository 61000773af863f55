from fastapi import APIRouter, status

from app.api.deps import PathId, ShopDep
from app.schemas.payments import CardIn, PaymentOut, PaymentState

router = APIRouter(prefix="/orders/{order_id}/payment", tags=["payments"])


@router.post("", status_code=status.HTTP_201_CREATED)
async def pay_order(order_id: PathId, card: CardIn, shop: ShopDep) -> PaymentOut:
    return PaymentOut.model_validate(await shop.payments.pay(order_id, card.card_token.get_secret_value()))


@router.get("")
async def read_payment(order_id: PathId, shop: ShopDep) -> PaymentState:
    return await shop.payments.state(order_id)

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Response, status

from app.api.deps import PathId, ShopDep
from app.schemas.orders import NoteIn, OrderIn, OrderOut, OrderPage, OrderSearch

router = APIRouter(prefix="/orders", tags=["orders"])


@router.post("", status_code=status.HTTP_201_CREATED)
def place_order(wanted: OrderIn, shop: ShopDep, response: Response, background: BackgroundTasks) -> OrderOut:
    order = shop.orders.place(wanted)
    background.add_task(shop.mail.confirm, order)
    response.headers["Location"] = f"/api/v1/orders/{order.id}"
    return OrderOut.model_validate(order)


@router.get("")
def list_orders(search: Annotated[OrderSearch, Query()], shop: ShopDep) -> OrderPage:
    orders, following = shop.order_search.page(search)
    return OrderPage(items=[OrderOut.model_validate(order) for order in orders], next=following)


@router.get("/{order_id}")
def read_order(order_id: PathId, shop: ShopDep) -> OrderOut:
    return OrderOut.model_validate(shop.orders.read(order_id))


@router.patch("/{order_id}")
def change_note(order_id: PathId, change: NoteIn, shop: ShopDep) -> OrderOut:
    return OrderOut.model_validate(shop.orders.change_note(order_id, change.note))


@router.post("/{order_id}/cancellation")
async def cancel_order(order_id: PathId, shop: ShopDep) -> OrderOut:
    return OrderOut.model_validate(await shop.payments.cancel(order_id))

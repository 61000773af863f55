from fastapi import APIRouter, HTTPException, Response
from sqlalchemy import select

from app.database import DatabaseSession
from app.models import Customer, Order, OrderLine, Product
from app.schemas import OrderIn, OrderOut
from app.settings import AppSettings

router = APIRouter(prefix="/orders", tags=["orders"])


@router.post("", status_code=201)
async def place_order(wanted: OrderIn, session: DatabaseSession, settings: AppSettings, response: Response) -> OrderOut:
    ids = {line.product_id for line in wanted.lines}
    if len(wanted.lines) > settings.order_lines_max:
        raise HTTPException(422, f"An order has at most {settings.order_lines_max} lines.")
    if len(ids) < len(wanted.lines):
        raise HTTPException(422, "An order names each product once.")
    if await session.get(Customer, wanted.customer_id) is None:
        raise HTTPException(404, "There is no such customer.")
    on_sale = select(Product).where(Product.id.in_(ids), Product.on_sale).order_by(Product.id).with_for_update()
    products = {product.id: product for product in await session.scalars(on_sale)}
    if ids - products.keys():
        raise HTTPException(404, "There is no such product.")

    order = Order(customer_id=wanted.customer_id, note=wanted.note, total_cents=0)
    for position, line in enumerate(wanted.lines, start=1):
        product = products[line.product_id]
        if product.stock < line.quantity:
            raise HTTPException(409, f"There are {product.stock} left of product {product.id}.")
        product.stock -= line.quantity
        order.total_cents += product.price_cents * line.quantity
        order.lines.append(
            OrderLine(position=position, product=product, quantity=line.quantity, price_cents=product.price_cents)
        )
    session.add(order)
    await session.commit()
    response.headers["Location"] = f"/api/v1/orders/{order.id}"
    return OrderOut.of(order)

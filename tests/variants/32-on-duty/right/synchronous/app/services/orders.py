from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from app.database import Database
from app.errors import Invalid, NotFound
from app.models import Customer, Order, OrderLine, OrderStatus
from app.schemas.orders import OrderIn
from app.services.stock import take_stock


def orders_with_lines() -> Select[Order]:
    """Orders, and with one more statement their lines and products, however many there are (chapter 10)."""
    return select(Order).options(selectinload(Order.lines).joinedload(OrderLine.product, innerjoin=True))


def find_order(session: Session, order_id: int, *, lock: bool = False) -> Order:
    query = orders_with_lines().where(Order.id == order_id)
    order = session.scalar(query.with_for_update(key_share=True) if lock else query)
    if order is None:
        raise NotFound("order_not_found", f"There is no order {order_id}.")
    return order


class OrderService:
    def __init__(self, database: Database, lines_max: int) -> None:
        self._database = database
        self._lines_max = lines_max

    def place(self, wanted: OrderIn) -> Order:
        """Take the stock and store the order; it is committed when this returns (chapter 08)."""
        quantities = {line.product_id: line.quantity for line in wanted.lines}
        if len(wanted.lines) > self._lines_max:
            raise Invalid(f"An order has at most {self._lines_max} lines.")
        if len(quantities) < len(wanted.lines):
            raise Invalid("An order names each product once.")
        with self._database.transaction() as session:
            customer = session.get(Customer, wanted.customer_id)
            if customer is None:
                raise NotFound("customer_not_found", f"There is no customer {wanted.customer_id}.")
            products = take_stock(session, quantities)
            order = Order(
                customer=customer,
                status=OrderStatus.PLACED,
                total_cents=sum(products[each].price_cents * quantity for each, quantity in quantities.items()),
                note=wanted.note,
                lines=[
                    OrderLine(
                        position=position,
                        product=products[each],
                        quantity=quantity,
                        price_cents=products[each].price_cents,
                    )
                    for position, (each, quantity) in enumerate(quantities.items(), start=1)
                ],
            )
            session.add(order)
        return order

    def read(self, order_id: int) -> Order:
        with self._database.transaction() as session:
            return find_order(session, order_id)

    def change_note(self, order_id: int, note: str) -> Order:
        with self._database.transaction() as session:
            order = find_order(session, order_id)
            order.note = note
        return order

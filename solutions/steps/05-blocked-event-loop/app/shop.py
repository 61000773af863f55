"""Everything the shop can do, wired to its database, its cache and its providers."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.clients.cache import open_cache
from app.clients.mail import MailProvider, open_mail
from app.clients.payments import open_payments
from app.database import open_database
from app.metrics import Metrics
from app.services.cursors import Cursors
from app.services.customers import CustomerService
from app.services.menu import MenuService
from app.services.order_search import OrderSearchService
from app.services.orders import OrderService
from app.services.payments import PaymentService
from app.services.reports import ReportService
from app.services.sessions import SessionService
from app.services.tokens import TokenSigner
from app.settings import Settings


@dataclass(frozen=True)
class Shop:
    menu: MenuService
    customers: CustomerService
    sessions: SessionService
    orders: OrderService
    order_search: OrderSearchService
    payments: PaymentService
    reports: ReportService
    mail: MailProvider


@asynccontextmanager
async def open_shop(settings: Settings, metrics: Metrics) -> AsyncIterator[Shop]:
    """Open what the process holds for its whole life, and close it in the opposite order."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        cache = await stack.enter_async_context(open_cache(settings))
        provider = await stack.enter_async_context(open_payments(settings, metrics.payment_call))
        mail = await stack.enter_async_context(open_mail(settings))
        metrics.watch_connections(database.connections_in_use)
        secret = settings.secret_key.get_secret_value()
        customers = CustomerService(database)
        yield Shop(
            menu=MenuService(database, cache, settings.menu_ttl),
            customers=customers,
            sessions=SessionService(database, cache, TokenSigner(secret), customers, settings.session_rate),
            orders=OrderService(database, settings.order_lines_max),
            order_search=OrderSearchService(database, Cursors(secret)),
            payments=PaymentService(database, provider),
            reports=ReportService(database),
            mail=mail,
        )

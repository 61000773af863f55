"""Night Owl Coffee: takes orders at night. Everything is in this file."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, cast
from uuid import uuid4

import httpx
import jwt
import redis
from fastapi import BackgroundTasks, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field
from sqlalchemy import NullPool, create_engine, func, select
from sqlalchemy.orm import Session

from app.models import Customer, Order, OrderLine, Payment, Product
from app.settings import load_settings

PASSWORD_SALT = "night-owl-pepper-2024"
ACCESS_TOKEN_SECONDS = 900
PAYMENT_ATTEMPTS = 5
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0)

# Read when the app is imported, which is before the port is opened.
settings = load_settings()

app = FastAPI(title="Night Owl Coffee", docs_url=None, redoc_url=None)
app.add_middleware(
    CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["*"], allow_headers=["*"]
)

requests_total: Counter[tuple[str, str, int]] = Counter()
durations: dict[tuple[str, str], list[float]] = {}
in_progress: Counter[str] = Counter()


class SignUp(BaseModel):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    name: str
    password: str = Field(min_length=8, max_length=128)


class LogIn(BaseModel):
    email: str
    password: str


class RefreshToken(BaseModel):
    refresh_token: str


class WantedLine(BaseModel):
    product_id: int
    quantity: int = Field(ge=1, le=99)


class NewOrder(BaseModel):
    customer_id: int
    lines: list[WantedLine] = Field(min_length=1)
    note: str = Field(default="", max_length=280)


class Note(BaseModel):
    note: str = Field(max_length=280)


class Card(BaseModel):
    card_token: str


def database_url() -> str:
    return str(settings.database_url.get_secret_value())


def secret_key() -> str:
    return settings.secret_key.get_secret_value()


def open_cache() -> redis.Redis:
    return redis.Redis.from_url(str(settings.redis_url.get_secret_value()))


async def get_session() -> AsyncIterator[Session]:
    """A session for one request. Commits at the end, so that no endpoint can forget it."""
    engine = create_engine(database_url(), poolclass=NullPool)
    with Session(engine) as session:
        yield session
        session.commit()


Database = Annotated[Session, Depends(get_session)]


@app.middleware("http")
async def watch(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    started = time.time()
    in_progress["now"] += 1
    response = await call_next(request)
    in_progress["now"] -= 1
    seconds = time.time() - started
    requests_total[request.method, request.url.path, response.status_code] += 1
    durations.setdefault((request.method, request.url.path), []).append(seconds)
    request_id = uuid4().hex[:8]
    response.headers["X-Request-ID"] = request_id
    print(
        f"[{datetime.now()}] {request_id} {request.method} {request.url} -> {response.status_code} in {seconds:.3f} s"
    )
    return response


@app.exception_handler(Exception)
async def show_error(request: Request, error: Exception) -> JSONResponse:
    print("ERROR", request.url, repr(error))
    return JSONResponse({"error": "internal_error"}, status_code=500)


@app.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "live"}


@app.get("/health/ready")
async def ready() -> dict[str, Any]:
    return {"status": "ready", "parts": {"database": "ok", "cache": "ok"}}


@app.get("/metrics")
async def metrics() -> PlainTextResponse:
    lines = ["# TYPE http_requests_total counter"]
    for (method, path, status), count in requests_total.items():
        lines.append(f'http_requests_total{{method="{method}",route="{path}",status="{status}"}} {count}')
    lines.append("# TYPE http_request_duration_seconds histogram")
    for (method, path), seconds in durations.items():
        labels = f'method="{method}",route="{path}"'
        for bucket in BUCKETS:
            below = sum(1 for each in seconds if each <= bucket)
            lines.append(f'http_request_duration_seconds_bucket{{{labels},le="{bucket}"}} {below}')
        lines.append(f'http_request_duration_seconds_bucket{{{labels},le="+Inf"}} {len(seconds)}')
        lines.append(f"http_request_duration_seconds_sum{{{labels}}} {sum(seconds)}")
        lines.append(f"http_request_duration_seconds_count{{{labels}}} {len(seconds)}")
    lines.append("# TYPE http_requests_in_progress gauge")
    lines.append(f"http_requests_in_progress {in_progress['now']}")
    return PlainTextResponse("\n".join(lines) + "\n")


@app.get("/api/v1/debug/settings")
async def debug_settings() -> dict[str, Any]:
    if not settings.in_development:
        raise HTTPException(404, "not_found")
    return {name.upper(): value for name, value in settings.model_dump(mode="json").items()}


def product_json(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "price_cents": product.price_cents,
        "stock": product.stock,
    }


@app.get("/api/v1/menu")
async def read_menu(session: Database) -> dict[str, Any]:
    cache, seconds = open_cache(), settings.menu_ttl
    cached = cache.get("menu")
    if cached:
        return cast(dict[str, Any], json.loads(cast(bytes, cached)))
    products = session.scalars(select(Product).where(Product.on_sale).order_by(Product.id))
    menu = {"items": [product_json(product) for product in products]}
    if seconds > 0:
        cache.set("menu", json.dumps(menu), ex=seconds)
    return menu


@app.get("/api/v1/products/{product_id}")
async def read_product(product_id: int, session: Database) -> dict[str, Any]:
    product = session.get(Product, product_id)
    if product is None or not product.on_sale:
        raise HTTPException(404, "product_not_found")
    return product_json(product)


def hash_password(password: str) -> str:
    return hashlib.sha256((PASSWORD_SALT + password).encode()).hexdigest()


def sign(customer_id: int, kind: str, seconds: int | None = None) -> str:
    now = datetime.now(UTC)
    claims: dict[str, Any] = {"sub": str(customer_id), "type": kind, "iat": now, "jti": uuid4().hex}
    if seconds:
        claims["exp"] = now + timedelta(seconds=seconds)
    return jwt.encode(claims, secret_key(), algorithm="HS256")


def new_tokens(customer_id: int) -> dict[str, Any]:
    return {
        "access_token": sign(customer_id, "access", ACCESS_TOKEN_SECONDS),
        "refresh_token": sign(customer_id, "refresh"),
        "token_type": "bearer",
        "expires_in": ACCESS_TOKEN_SECONDS,
    }


def unauthorized(problem: str) -> HTTPException:
    return HTTPException(401, problem, headers={"WWW-Authenticate": "Bearer"})


def read_token(token: str) -> dict[str, Any]:
    try:
        claims = jwt.decode(token, secret_key(), algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise unauthorized(str(error)) from error
    if open_cache().sismember("logged_out", claims["jti"]):
        raise unauthorized("This session is over.")
    return claims


def find_customer(session: Session, email: str) -> Customer | None:
    return session.scalar(select(Customer).where(func.lower(Customer.email) == email.lower()))


@app.post("/api/v1/customers", status_code=201, response_model=None)
async def sign_up(body: SignUp, session: Database) -> Customer:
    print("new customer:", body)
    if find_customer(session, body.email):
        raise HTTPException(409, "email_taken")
    customer = Customer(email=body.email, name=body.name, password_hash=hash_password(body.password))
    session.add(customer)
    session.flush()
    return customer


@app.get("/api/v1/customers", response_model=None)
async def search_customers(email: str, session: Database) -> dict[str, Any]:
    customer = find_customer(session, email)
    return {"items": [customer] if customer else []}


@app.get("/api/v1/customers/me", response_model=None)
async def read_me(session: Database, authorization: Annotated[str, Header()] = "") -> Customer:
    claims = read_token(authorization.removeprefix("Bearer "))
    return get_customer(session, int(claims["sub"]))


def get_customer(session: Session, customer_id: int) -> Customer:
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise HTTPException(404, "customer_not_found")
    return customer


@app.get("/api/v1/customers/{customer_id}", response_model=None)
async def read_customer(customer_id: int, session: Database) -> Customer:
    return get_customer(session, customer_id)


@app.get("/api/v1/customers/{customer_id}/favourites")
async def read_favourites(customer_id: int, session: Database) -> dict[str, Any]:
    get_customer(session, customer_id)
    bought: Counter[int] = Counter()
    names: dict[int, str] = {}
    for order in session.scalars(select(Order).where(Order.customer_id == customer_id)):
        if order.status != "cancelled":
            for line in order.lines:
                bought[line.product_id] += line.quantity
                names[line.product_id] = line.product.name
    best = sorted(bought, key=lambda product_id: (-bought[product_id], product_id))[:3]
    return {"items": [{"product_id": each, "name": names[each], "quantity": bought[each]} for each in best]}


def limit_attempts(request: Request) -> None:
    """At most SESSION_RATE attempts a minute."""
    client = request.headers.get("X-Forwarded-For") or (request.client.host if request.client else "unknown")
    cache, key = open_cache(), f"attempts:{client}"
    attempts = int(cast(bytes, cache.get(key)) or 0)
    if attempts >= settings.session_rate:
        raise HTTPException(429, "Too many attempts.", headers={"Retry-After": "60"})
    cache.incr(key)
    cache.expire(key, 60)


@app.post("/api/v1/sessions", status_code=201)
async def log_in(body: LogIn, request: Request, session: Database) -> dict[str, Any]:
    limit_attempts(request)
    customer = find_customer(session, body.email)
    if customer is None:
        raise unauthorized("There is no customer with this e-mail address.")
    if customer.password_hash != hash_password(body.password):
        raise unauthorized("The password is wrong.")
    return new_tokens(customer.id)


@app.post("/api/v1/sessions/refresh", status_code=201)
async def refresh_session(body: RefreshToken) -> dict[str, Any]:
    claims = read_token(body.refresh_token)
    print("refreshing", body.refresh_token)
    return new_tokens(int(claims["sub"]))


@app.delete("/api/v1/sessions", status_code=204)
async def log_out(body: RefreshToken) -> None:
    open_cache().sadd("logged_out", read_token(body.refresh_token)["jti"])


def order_json(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "customer_id": order.customer_id,
        "customer": order.customer,
        "status": order.status,
        "total_cents": order.total_cents,
        "note": order.note,
        "placed_at": order.placed_at,
        "lines": [
            {
                "product_id": line.product_id,
                "name": line.product.name,
                "quantity": line.quantity,
                "price_cents": line.price_cents,
            }
            for line in order.lines
        ],
    }


def get_order(session: Session, order_id: int) -> Order:
    order = session.get(Order, order_id)
    if order is None:
        raise HTTPException(404, "order_not_found")
    return order


async def send_confirmation(email: str, order_id: int, total_cents: int) -> None:
    message = {
        "to": email,
        "subject": f"Your order {order_id}",
        "text": f"We are making it. Total: {total_cents / 100:.2f}",
        "dedupe_key": f"order-{order_id}-placed",
    }
    try:
        async with httpx.AsyncClient(timeout=None) as client:
            await client.post(f"{settings.mail_url}messages", json=message)
    except Exception:
        pass


@app.post("/api/v1/orders", status_code=201, response_model=None)
async def place_order(
    body: NewOrder, response: Response, background: BackgroundTasks, session: Database
) -> dict[str, Any]:
    if len(body.lines) > settings.order_lines_max:
        raise HTTPException(422, "The order has too many lines.")
    if len({line.product_id for line in body.lines}) < len(body.lines):
        raise HTTPException(422, "The order names a product twice.")
    customer = get_customer(session, body.customer_id)
    order = Order(customer=customer, note=body.note, total_cents=0)
    for position, wanted in enumerate(body.lines, start=1):
        product = session.get(Product, wanted.product_id)
        if product is None or not product.on_sale:
            raise HTTPException(404, "product_not_found")
        if product.stock < wanted.quantity:
            raise HTTPException(409, "out_of_stock")
        product.stock -= wanted.quantity
        order.total_cents += product.price_cents * wanted.quantity
        order.lines.append(
            OrderLine(position=position, product=product, quantity=wanted.quantity, price_cents=product.price_cents)
        )
    session.add(order)
    session.flush()
    if settings.mail_url:
        background.add_task(send_confirmation, customer.email, order.id, order.total_cents)
    response.headers["Location"] = f"/api/v1/orders/{order.id}"
    return order_json(order)


@app.get("/api/v1/orders", response_model=None)
async def list_orders(
    session: Database,
    customer_id: int | None = None,
    status: str | None = None,
    placed_from: datetime | None = None,
    placed_before: datetime | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> dict[str, Any]:
    query = select(Order).order_by(Order.placed_at.desc(), Order.id.desc())
    if customer_id:
        query = query.where(Order.customer_id == customer_id)
    if status:
        query = query.where(Order.status == status)
    if placed_from:
        query = query.where(Order.placed_at >= placed_from)
    if placed_before:
        query = query.where(Order.placed_at < placed_before)
    start = int(cursor) if cursor else 0
    orders = session.scalars(query.offset(start).limit(limit + 1)).all()
    return {
        "items": [order_json(order) for order in orders[:limit]],
        "next": str(start + limit) if len(orders) > limit else None,
    }


@app.get("/api/v1/orders/{order_id}", response_model=None)
async def read_order(order_id: int, session: Database) -> dict[str, Any]:
    return order_json(get_order(session, order_id))


@app.patch("/api/v1/orders/{order_id}", response_model=None)
async def change_note(order_id: int, body: Note, session: Database) -> dict[str, Any]:
    order = get_order(session, order_id)
    order.note = body.note
    return order_json(order)


async def call_provider(method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    """Ask the payment provider. It hiccups now and then, so try again before giving up."""
    url = str(settings.payments_url).rstrip("/") + path
    for _ in range(PAYMENT_ATTEMPTS):
        try:
            async with httpx.AsyncClient(timeout=None) as client:
                answer = await client.request(method, url, json=body)
            if answer.status_code < 500:
                return answer
            print("provider said", answer.status_code, answer.text)
        except httpx.HTTPError as error:
            print("provider failed", repr(error))
    raise HTTPException(502, "payment_failed")


def provider_json(answer: httpx.Response, *names: str) -> dict[str, Any]:
    try:
        body = answer.json()
        return {name: body[name] for name in names}
    except Exception as error:
        raise HTTPException(502, f"payment_failed: {answer.text}") from error


@app.post("/api/v1/orders/{order_id}/payment", status_code=201)
async def pay_order(order_id: int, body: Card, session: Database) -> dict[str, Any]:
    order = get_order(session, order_id)
    if order.status != "placed":
        raise HTTPException(409, "order_not_open")
    print(f"charging {body.card_token} for order {order_id}")
    answer = await call_provider(
        "POST",
        "/charges",
        {"amount_cents": order.total_cents, "card_token": body.card_token, "reference": f"order-{order_id}"},
    )
    if answer.status_code == 402:
        raise HTTPException(402, "card_declined")
    charge = provider_json(answer, "id")
    order.status = "paid"
    session.add(Payment(order_id=order_id, amount_cents=order.total_cents, provider_ref=charge["id"]))
    return {
        "order_id": order_id,
        "status": "paid",
        "amount_cents": order.total_cents,
        "provider_ref": charge["id"],
    }


def find_payment(session: Session, order_id: int) -> Payment:
    payment = session.scalar(select(Payment).where(Payment.order_id == order_id).order_by(Payment.id.desc()).limit(1))
    if payment is None:
        raise HTTPException(404, "payment_not_found")
    return payment


@app.get("/api/v1/orders/{order_id}/payment")
async def read_payment(order_id: int, session: Database) -> dict[str, Any]:
    get_order(session, order_id)
    payment = find_payment(session, order_id)
    charge = provider_json(await call_provider("GET", f"/charges/{payment.provider_ref}"), "status")
    return {
        "order_id": order_id,
        "status": payment.status,
        "amount_cents": payment.amount_cents,
        "provider_ref": payment.provider_ref,
        "provider_status": charge["status"],
    }


@app.post("/api/v1/orders/{order_id}/cancellation", response_model=None)
async def cancel_order(order_id: int, session: Database) -> dict[str, Any]:
    order = get_order(session, order_id)
    if order.status not in ("placed", "paid"):
        raise HTTPException(409, "order_not_open")
    if order.status == "paid":
        payment = find_payment(session, order_id)
        provider_json(await call_provider("POST", "/refunds", {"charge_id": payment.provider_ref}), "id")
        payment.status = "refunded"
    order.status = "cancelled"
    for line in order.lines:
        line.product.stock += line.quantity
    return order_json(order)


@app.get("/api/v1/reports/nightly")
async def read_nightly_report(date: date, session: Database) -> Response:
    start = datetime(date.year, date.month, date.day, tzinfo=UTC)
    night = select(Order).where(
        Order.placed_at >= start, Order.placed_at < start + timedelta(days=1), Order.status != "cancelled"
    )
    orders = session.scalars(night).all()
    products = session.scalars(select(Product).order_by(Product.id)).all()
    sold: list[dict[str, Any]] = []
    for product in products:
        lines = [line for order in orders for line in order.lines if line.product_id == product.id]
        if lines:
            sold.append(
                {
                    "product_id": product.id,
                    "name": product.name,
                    "quantity": sum(line.quantity for line in lines),
                    "revenue_cents": sum(line.quantity * line.price_cents for line in lines),
                }
            )
    pairs: list[dict[str, Any]] = []
    for first in products:
        for second in products:
            if first.id < second.id:
                together = 0
                for order in orders:
                    bought = [line.product_id for line in order.lines]
                    if first.id in bought and second.id in bought:
                        together += 1
                if together > 0:
                    pairs.append({"products": [first.id, second.id], "orders": together})
    report = {
        "date": date.isoformat(),
        "orders": len(orders),
        "revenue_cents": sum(order.total_cents for order in orders),
        "products": sorted(sold, key=lambda item: -item["quantity"]),
        "pairs": sorted(pairs, key=lambda pair: -pair["orders"])[:10],
    }
    return Response(json.dumps(report, indent=4), media_type="application/json")

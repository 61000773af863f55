import asyncio
import logging
import time
from typing import Annotated

import jwt
from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pwdlib import PasswordHash
from sqlalchemy import func, select

from app.database import DatabaseSession
from app.errors import Refused
from app.models import Customer
from app.schemas import CustomerOut, SignUp
from app.settings import AppSettings

log = logging.getLogger(__name__)

router = APIRouter(prefix="/customers", tags=["customers"])
passwords = PasswordHash.recommended()
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def hash_of(password: str) -> str:
    began = time.perf_counter()
    try:
        return passwords.hash(password)
    finally:
        log.debug("password hashed", extra={"ms": round((time.perf_counter() - began) * 1000, 1)})


@router.post("", status_code=201)
async def sign_up(guest: SignUp, session: DatabaseSession) -> CustomerOut:
    if await session.scalar(select(Customer.id).where(func.lower(Customer.email) == guest.email.lower())):
        raise Refused(409, "email_taken", "There is a customer with this e-mail address already.")
    password_hash = await asyncio.get_running_loop().run_in_executor(
        None, hash_of, guest.password.get_secret_value()
    )
    customer = Customer(email=guest.email, name=guest.name, password_hash=password_hash)
    session.add(customer)
    await session.commit()
    log.info("new customer", extra={"customer_id": customer.id})
    return CustomerOut.model_validate(customer)


def signed_in(bearer: Bearer, settings: AppSettings) -> int:
    """The customer for whom the access token was signed; chapter 23 makes it safe against thieves."""
    token = bearer.credentials if bearer else ""
    try:
        claims = jwt.decode(token, settings.secret_key.get_secret_value(), algorithms=["HS256"])
        if claims.get("type") == "access":
            return int(claims["sub"])
    except (jwt.InvalidTokenError, KeyError, ValueError) as error:
        log.info("token refused", extra={"reason": type(error).__name__})
    raise HTTPException(401, "Please sign in.", headers={"WWW-Authenticate": "Bearer"})


@router.get("/me")
async def read_me(customer_id: Annotated[int, Depends(signed_in)], session: DatabaseSession) -> CustomerOut:
    customer = await session.get(Customer, customer_id)
    if customer is None:
        raise HTTPException(401, "Please sign in.", headers={"WWW-Authenticate": "Bearer"})
    return CustomerOut.model_validate(customer)

from typing import Annotated

from fastapi import APIRouter, Depends, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.deps import PathId, ShopDep
from app.errors import Unauthorized
from app.schemas.customers import CustomerList, CustomerOut, Favourites, SignUp
from app.schemas.fields import Text

router = APIRouter(prefix="/customers", tags=["customers"])

BearerToken = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


@router.post("", status_code=status.HTTP_201_CREATED)
def sign_up(wanted: SignUp, shop: ShopDep) -> CustomerOut:
    return CustomerOut.model_validate(shop.customers.sign_up(wanted))


@router.get("")
def search_customers(email: Text, shop: ShopDep) -> CustomerList:
    found = shop.customers.with_email(email)
    return CustomerList(items=[CustomerOut.model_validate(customer) for customer in found])


@router.get("/me")
def read_me(shop: ShopDep, bearer: BearerToken) -> CustomerOut:
    if bearer is None:
        raise Unauthorized
    return CustomerOut.model_validate(shop.sessions.customer_of(bearer.credentials))


@router.get("/{customer_id}")
def read_customer(customer_id: PathId, shop: ShopDep) -> CustomerOut:
    return CustomerOut.model_validate(shop.customers.read(customer_id))


@router.get("/{customer_id}/favourites")
def read_favourites(customer_id: PathId, shop: ShopDep) -> Favourites:
    return Favourites(items=shop.customers.favourites(customer_id))

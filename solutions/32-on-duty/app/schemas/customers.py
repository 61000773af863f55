from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.schemas.fields import Email, Password, Text, Token


class SignUp(BaseModel):
    email: Email
    name: Text
    password: SecretStr = Field(min_length=8, max_length=128)


class CustomerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    name: str
    created_at: datetime


class CustomerList(BaseModel):
    items: list[CustomerOut]


class Favourite(BaseModel):
    product_id: int
    name: str
    quantity: int


class Favourites(BaseModel):
    items: list[Favourite]


class LogIn(BaseModel):
    email: Text
    password: Password


class RefreshToken(BaseModel):
    refresh_token: Token


class Tokens(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - a kind of token
    expires_in: int

"""Fields that several shapes share."""

from typing import Annotated

from pydantic import Field, SecretStr

# What fits a bigint; and no NUL, which PostgreSQL cannot store.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Text = Annotated[str, Field(max_length=280, pattern=r"^[^\x00]*$")]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")]
Password = Annotated[SecretStr, Field(max_length=280)]
Token = Annotated[SecretStr, Field(max_length=4096)]

"""A server in Python: schemas that pydantic makes of functions, their docstrings as descriptions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

__all__ = ["tools"]


class Severity(str, Enum):
    low = "low"
    high = "high"


class Address(BaseModel):
    """Where an order goes."""

    model_config = ConfigDict(extra="forbid")

    street: str = Field(min_length=1)
    postal_code: str = Field(pattern=r"^[0-9]{5}$", description="Five digits, leading zeros too.")
    country: str = "DE"


class Line(BaseModel):
    sku: str
    quantity: int = Field(ge=1, le=999)
    unit_price: float | None = None


def query_database(sql: str, database: str = "main", max_rows: int = 100, timeout_seconds: float | None = None) -> None:
    """
    Runs one read-only SQL statement.

    Args:
        sql: the statement; a trailing semicolon is allowed
        database: its name as `list_databases` has it
        max_rows: rows behind this are not returned


        timeout_seconds: none for the server's own

    Example:
        SELECT id, status
        FROM orders
        WHERE status = 'open'
    """


def place_order(customer_id: str, lines: list[Line], ship_to: Address, bill_to: Address | None = None) -> None:
    """Places an order.
    Prices that are left out are those of the catalogue.

    Returns:
        The number of the order, as `get_order` takes it.
    """


def search_tickets(
    query: Annotated[str, Field(description="query", min_length=2)],
    severity: Severity | None = None,
    tags: list[str] = [],  # noqa: B006 - as people write it
    updated_after: datetime | None = None,
    sort_by: Literal["updated", "created"] = "updated",
) -> None:
    """Searches tickets by words and filters.

    ```
    status:open   label:"needs info"


    assignee:@me
    ```
    """


def get_order(order_number: int) -> None:
    """Returns an order."""


def list_databases() -> None:
    """Lists the databases that `query_database` can be run on."""


def tools() -> list[dict[str, Any]]:
    return [
        {"name": function.__name__, "description": function.__doc__, "inputSchema": _schema(function)}
        for function in (query_database, place_order, search_tickets, get_order, list_databases)
    ]


def _schema(function: Callable[..., Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: (parameter.annotation, ... if parameter.default is parameter.empty else parameter.default)
        for name, parameter in inspect.signature(function, eval_str=True).parameters.items()
    }
    return create_model(f"{function.__name__}Arguments", **fields).model_json_schema()

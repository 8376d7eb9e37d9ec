"""The teacher endpoint's ledger: what each call asked for, got and was charged."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

PRICE = {"input": Decimal("1.00"), "output": Decimal("5.00")}  # USD for a million tokens


@dataclass
class Call:
    """One line of the ledger: a request to either provider and what it was charged.

    Attributes:
        number: Its place in the ledger, from 1.
        at: When it arrived, ISO 8601 UTC.
        key: The key it came with, masked.
        status: The HTTP status of the answer; None if it was never answered (fault `hang`).
        cost_usd: A decimal string.
        records: The bank's line numbers of the records that were served whole.
        fault: The fault that struck it, if one did.
    """

    number: int
    at: str
    provider: str
    key: str
    model: str = ""
    status: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: str = "0.000000"
    records: list[int] = field(default_factory=list)
    fault: str | None = None


def cost(input_tokens: int, output_tokens: int) -> Decimal:
    """What a call costs, in USD, to the millionth."""
    total = input_tokens * PRICE["input"] + output_tokens * PRICE["output"]
    return (total / 1_000_000).quantize(Decimal("0.000001"))


def masked(key: str) -> str:
    """A key that can be told from others but not used."""
    return f"{key[:4]}…" if len(key) > 4 else "…"


def summary(calls: list[Call]) -> dict[str, Any]:
    """The calls, their sums and the price, as JSON."""
    return {
        "price": {name: f"{price:f}" for name, price in PRICE.items()},
        "input_tokens": sum(call.input_tokens for call in calls),
        "output_tokens": sum(call.output_tokens for call in calls),
        "cost_usd": f"{sum((Decimal(call.cost_usd) for call in calls), Decimal(0)):f}",
        "calls": [asdict(call) for call in calls],
    }

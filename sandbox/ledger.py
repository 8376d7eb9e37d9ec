"""The teacher endpoint's ledger: what each call asked for, got and was charged."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

# USD for a million tokens. Reading and writing the cache as Anthropic has them, 0.1 and 1.25 of the
# input. On OpenAI's wire, as of a server of one's own, it costs what other input does.
PRICE = {
    "input": Decimal("1.00"),
    "output": Decimal("5.00"),
    "cache_read": Decimal("0.10"),
    "cache_write": Decimal("1.25"),
}
BULK_SHARE = Decimal("0.5")  # of the price, in a bulk: both providers' discount


@dataclass
class Call:
    """One line of the ledger: a request to either provider and what it was charged.

    Attributes:
        number: Its place in the ledger, from 1.
        at: When it arrived, ISO 8601 UTC.
        key: The key it came with, masked.
        status: The HTTP status of the answer; None if it was never answered (fault `hang`).
        input_tokens: All of the input; those read from and written to the cache are parts of it.
        cost_usd: A decimal string.
        records: The bank's line numbers of the records that were served whole.
        fault: The fault that struck it, if one did.
        bulk: The bulk it belongs to, if it came in one; then it cost half the price.
    """

    number: int
    at: str
    provider: str
    key: str
    model: str = ""
    status: int | None = None
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    cost_usd: str = "0.000000"
    records: list[int] = field(default_factory=list)
    fault: str | None = None
    bulk: str | None = None


def cost(input_tokens: int, output_tokens: int, *, read: int = 0, written: int = 0) -> Decimal:
    """What a call costs, in USD: to the millionth, or exact where cached tokens make it finer.

    Args:
        input_tokens: All of the input.
        output_tokens: All of the output.
        read: How much of the input was read from the cache.
        written: How much of it was written there.
    """
    total = (
        (input_tokens - read - written) * PRICE["input"]
        + read * PRICE["cache_read"]
        + written * PRICE["cache_write"]
        + output_tokens * PRICE["output"]
    )
    exact = total / 1_000_000
    rounded = exact.quantize(Decimal("0.000001"))
    return rounded if rounded == exact else exact


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

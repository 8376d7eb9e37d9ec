"""What tokens cost in USD: the recipe's price, else genai-prices' table as it was installed.

The table's updater (a thread that fetches from the network) is never started.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from core.teachers.base import Ask, Usage

if TYPE_CHECKING:
    import genai_prices

    from core.recipe import Price

MILLION = Decimal(1_000_000)
CACHE_READ, CACHE_WRITE = Decimal("0.1"), Decimal("1.25")
"""Shares of the input's price (Anthropic's documentation of prompt caching; written for 5 min)."""
# Room for what a server adds itself: role markers, its own words about the structured output.
FRAMING_TOKENS = 1_000


@dataclass(frozen=True)
class Tariff:
    """The price of one model.

    `provider` says how its usage is written; `address` is that of a compatible server, by which
    the table knows some (openrouter.ai, …). `price` overrides the table.
    """

    provider: Literal["anthropic", "openai"]
    model: str
    address: str | None = None
    price: "Price | None" = None

    def cost(self, usage: Usage) -> Decimal | None:
        """What a reply cost; None if the price or the usage is unknown."""
        if not usage.known:
            return None
        if self.price is not None:
            return _at(self.price, self._full_inputs(usage), usage.output_tokens)
        from genai_prices import data_snapshot

        providers = data_snapshot.get_snapshot().providers
        provider = next(each for each in providers if each.id == self.provider)
        flavor = "chat" if self.provider == "openai" else "default"
        try:
            _, counts = provider.extract_usage(
                {"model": self.model, "usage": usage.raw}, api_flavor=flavor
            )
        except ValueError:  # counts that contradict each other
            return None
        return self._listed(counts)

    def most(self, ask: Ask) -> Decimal | None:
        """An upper bound of the cost of `ask`; None if the price is unknown.

        Byte-level tokenizers make at most one token of a UTF-8 byte. A token costs most when it is
        also written to the provider's cache.
        """
        inputs, outputs = _longest_input(ask), ask.max_output_tokens
        if self.price is not None:
            dearest = inputs * CACHE_WRITE if self.provider == "anthropic" else Decimal(inputs)
            return _at(self.price, dearest, outputs)
        from genai_prices import Usage as Counts

        plain = self._listed(Counts(input_tokens=inputs, output_tokens=outputs))
        written = self._listed(
            Counts(input_tokens=inputs, cache_write_tokens=inputs, output_tokens=outputs)
        )
        return None if plain is None or written is None else max(plain, written)

    def _full_inputs(self, usage: Usage) -> Decimal:
        """The input as so many tokens at the full price.

        Anthropic's shares for its cache hold for each of its models. Those of others differ, so
        with a price of the recipe's own what they read from a cache counts in full.
        """
        inputs = Decimal(usage.input_tokens)
        if self.provider != "anthropic":
            return inputs
        written = usage.raw.get("cache_creation_input_tokens") or 0
        saved = usage.cached_input_tokens * (1 - CACHE_READ)
        return inputs - saved + written * (CACHE_WRITE - 1)

    def _listed(self, counts: "genai_prices.Usage") -> Decimal | None:
        from genai_prices import calc_price

        try:
            if self.address is not None:
                price = calc_price(counts, self.model, provider_api_url=self.address)
            else:
                price = calc_price(counts, self.model, provider_id=self.provider)
        except (LookupError, ValueError):  # an unknown model or server; impossible counts
            return None
        return price.total_price


def _at(price: "Price", inputs: Decimal, outputs: int) -> Decimal:
    return (inputs * price.input + outputs * price.output) / MILLION


def _longest_input(ask: Ask) -> int:
    texts = [ask.system, ask.prompt, *(text for _, text in ask.previous)]
    # Some providers describe the schema to the model beside enforcing it.
    schema = 0 if ask.schema is None else 2 * len(json.dumps(ask.schema).encode())
    return sum(len(text.encode()) for text in texts) + schema + FRAMING_TOKENS

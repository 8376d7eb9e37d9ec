"""The local teacher endpoint: OpenAI's and Anthropic's wire, prepared records, a ledger, faults.

No model runs here. A request's `model` names a bank (`support-en`, …); its reply holds the bank's
next records, in the form that the request's schema asks for. It says so in each answer: header
`x-winnow-sandbox: prepared`, and the field `winnow_sandbox`.

Any key is good but an empty one and `wrong`. Tokens are counted by `questions.tokens` and
charged at `ledger.PRICE`. Records that broke off at a limit are not charged against the bank: they
come next.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from aiohttp import web

from sandbox import banks, bulk_anthropic, bulk_openai
from sandbox.banks import Deck
from sandbox.broken import half_of
from sandbox.bulks import Bulks, Plans, plan_of
from sandbox.caching import Cache, Share
from sandbox.dialects import NOTICE, Anthropic, Declined, Dialect, OpenAI, Question, Said, Stop
from sandbox.knobs import BREAKS, ERRORS, Knobs
from sandbox.ledger import BULK_SHARE, Call, cost, masked, summary
from sandbox.questions import cut, tokens
from sandbox.refusals import BadRequest
from sandbox.replies import draft
from sandbox.wire import HEADERS, WRONG_KEYS, answered, object_of

_NONSENSE = "Sure thing! The weather in the third drawer is seven, and so is the staircase."
_REFUSAL = "I'm sorry, but I can't help with that request."
_MOST_BYTES = 32 * 1024 * 1024  # Anthropic's limit of one request

Json = dict[str, Any]
Now = Callable[[], datetime]


@dataclass(frozen=True)
class Asked:
    """One well-formed request: what is asked, of which bank, and its line in the ledger."""

    dialect: Dialect
    question: Question
    call: Call
    deck: Deck


class Teacher:
    """Both providers over one set of banks."""

    def __init__(self, seed: int, now: Now) -> None:
        self._calls: list[Call] = []
        self._knobs = Knobs()
        self._cache = Cache()
        self._closing = asyncio.Event()
        self._now = now
        self.plans = Plans()
        self._decks = {name: Deck(name, banks.load(name), seed) for name in banks.names()}

    async def answer(self, dialect: Dialect, request: web.Request) -> web.StreamResponse:
        """Answer one request in its provider's words, and enter it in the ledger."""
        call = self._entered(dialect, request.headers)
        request_id = f"req_sandbox_{call.number:06d}"
        headers = {dialect.request_id_header: request_id}
        try:
            if dialect.key(request.headers) in WRONG_KEYS:
                raise Declined("401")
            asked = self._asked(
                dialect, request.headers, await object_of(request, _MOST_BYTES), call
            )
            body = dialect.reply(await self._say(asked, headers))
            call.status = 200
        except Declined as declined:
            call.status, body = dialect.error(declined, request_id)
            if declined.retry_after is not None:
                headers["retry-after"] = f"{declined.retry_after:g}"
        if call.fault in BREAKS:
            return await half_of(request, body, headers, cut=call.fault == "cut")
        return answered(body, call.status, headers)

    def say(
        self, dialect: Dialect, headers: Mapping[str, str], body: Json, *, bulk: str
    ) -> tuple[int, Json]:
        """Answer one request of a bulk: its status and body; charged at half the price.

        Faults, limits and the cache are those of single calls alone.
        """
        call = self._entered(dialect, headers, bulk)
        try:
            said = self._said(self._asked(dialect, headers, body, call), Share())
            call.status, answer = 200, dialect.reply(said)
        except Declined as declined:
            call.status, answer = dialect.error(declined, f"req_sandbox_{call.number:06d}")
        call.cost_usd = f"{Decimal(call.cost_usd) * BULK_SHARE:f}"
        return call.status, answer

    async def models(self, _: web.Request) -> web.Response:
        """The banks, in the shape of OpenAI's list of models."""
        rows = [
            {
                "id": name,
                "object": "model",
                "created": int(self._now().timestamp()),
                "owned_by": "winnow-sandbox",
                "description": f"{len(banks.load(name))} records. {NOTICE}",
            }
            for name in self._decks
        ]
        return answered({"object": "list", "data": rows})

    async def ledger(self, _: web.Request) -> web.Response:
        """Every call so far, and what they cost together."""
        return answered(summary(self._calls))

    async def strike(self, request: web.Request) -> web.Response:
        """Set faults, latency and limits, or say how the next bulk goes."""
        try:
            body = await object_of(request, _MOST_BYTES)
            if "bulk" in body:
                self.plans.next = plan_of(body["bulk"])
                return answered({"bulk": asdict(self.plans.next)})
            return answered(self._knobs.turn(body))
        except BadRequest as error:
            return answered({"error": error.sentence}, error.status)
        except Declined as error:
            return answered({"error": f"teacher: {error.details}"}, 400)

    async def close(self, _: web.Application) -> None:
        """Let go of the calls that hang."""
        self._closing.set()

    def _entered(
        self, dialect: Dialect, headers: Mapping[str, str], bulk: str | None = None
    ) -> Call:
        """A new line of the ledger."""
        key, number = masked(dialect.key(headers)), len(self._calls) + 1
        call = Call(number, self._now().isoformat(), dialect.provider, key, bulk=bulk)
        self._calls.append(call)
        return call

    def _asked(self, dialect: Dialect, headers: Mapping[str, str], body: Json, call: Call) -> Asked:
        question = dialect.read(headers, body)
        call.model = question.model
        deck = self._decks.get(question.model)
        if deck is None:
            raise Declined("404", f"model: {question.model} is none of {', '.join(self._decks)}")
        return Asked(dialect, question, call, deck)

    async def _say(self, asked: Asked, headers: dict[str, str]) -> Said:
        """Answer within the limits, which are added to the headers, and with what befalls it."""
        dialect, question, call = asked.dialect, asked.question, asked.call
        model, marks = f"{dialect.provider}/{call.model}", dialect.marks(question)
        share = dialect.share(self._cache.share(model, marks))
        wait = self._knobs.meter.take(model, dialect.weight(question, share))
        headers |= dialect.rates(self._knobs.meter.standings(model), self._now())
        if wait:
            raise Declined("429", retry_after=math.ceil(wait))
        fault = self._knobs.strike()
        call.fault = fault.kind if fault else None
        if fault and fault.kind in ERRORS:
            raise Declined(fault.kind, retry_after=fault.retry_after)
        if call.fault == "hang":
            await self._hang()
        said = self._said(asked, share)
        if self._knobs.latency:
            await asyncio.sleep(self._knobs.latency)
        self._cache.keep(model, marks)
        return said

    def _said(self, asked: Asked, share: Share) -> Said:
        question, call = asked.question, asked.call
        text, stop = self._text(question, call, asked.deck)
        call.input_tokens, call.output_tokens = question.tokens, tokens(text)
        call.cache_read_tokens, call.cache_write_tokens = share.read, share.written
        billed = share if call.provider == "anthropic" else Share()
        usd = cost(question.tokens, call.output_tokens, read=billed.read, written=billed.written)
        call.cost_usd = f"{usd:f}"
        at, used = int(self._now().timestamp()), (question.tokens, call.output_tokens, share)
        return Said(call.number, at, call.model, text, stop, *used)

    def _text(self, question: Question, call: Call, deck: Deck) -> tuple[str, Stop]:
        """The reply's text within the request's limit; what does not arrive goes back."""
        if call.fault == "refusal":
            return _REFUSAL, "refusal"
        if call.fault == "nonsense":
            return _NONSENSE, "end"
        full = draft(question, deck)
        text = full.halved if call.fault == "truncated" else full.text
        text = text if question.limit is None else cut(text, question.limit)
        served, left = full.parted(0 if call.fault in BREAKS else len(text))
        deck.put_back(left)
        call.records = [entry.line for entry in served]
        return text, "end" if text == full.text else "length"

    async def _hang(self) -> None:
        await self._closing.wait()
        raise web.HTTPServiceUnavailable(headers=HEADERS)


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def add_routes(app: web.Application, seed: int, *, now: Now = utc_now) -> None:
    """Mount the endpoint on an app that has not started yet.

    POST /openai/v1/chat/completions and /anthropic/v1/messages answer with prepared records; GET
    /openai/v1/models lists the banks; GET /sandbox/ledger {`calls`, their sums, `price`} tells what
    was charged; POST /sandbox/teacher {"fault": one of FAULTS, or none to clear; "times"?;
    "retry_after"? seconds} strikes the next well-formed calls, {"latency": seconds} makes every
    answer take so long, {"limits": {"requests_per_minute"?, "tokens_per_minute"?} or null} sets
    what a model of a provider may be asked → {"pending": [kind, …], "latency", "limits"};
    {"bulk": {"seconds"?, "errored"?, "expired"?, "whole"?}} says how the next bulk goes (see
    `sandbox.bulks.Plan`). Bulks are handed in by the providers' own routes.

    Args:
        app: The app.
        seed: Draws the order in which each bank is served.
        now: The clock of the ledger's and the replies' time stamps.
    """
    teacher = Teacher(seed, now)
    app.on_shutdown.append(teacher.close)
    app.router.add_post("/openai/v1/chat/completions", partial(teacher.answer, OpenAI()))
    app.router.add_get("/openai/v1/models", teacher.models)
    app.router.add_post("/anthropic/v1/messages", partial(teacher.answer, Anthropic()))
    app.router.add_get("/sandbox/ledger", teacher.ledger)
    app.router.add_post("/sandbox/teacher", teacher.strike)
    for module, dialect in ((bulk_openai, OpenAI()), (bulk_anthropic, Anthropic())):
        module.add_routes(app, Bulks(dialect, teacher.say, teacher.plans, seed, now))

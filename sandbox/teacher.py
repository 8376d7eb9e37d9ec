"""The local teacher endpoint: OpenAI's and Anthropic's wire, prepared records, a ledger, faults.

No model runs here. A request's `model` names a bank (`support-en`, …); its reply holds the bank's
next records, in the form that the request's schema asks for. It says so in each answer: header
`x-winnow-sandbox: prepared`, and the field `winnow_sandbox`.

Any key is good but an empty one and `wrong`. Tokens are counted by `replies.tokens` and charged at
`ledger.PRICE`. Records that broke off at a limit are not charged against the bank: they come next.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aiohttp import web

from sandbox import banks
from sandbox.banks import Deck, Entry
from sandbox.dialects import NOTICE, Anthropic, Declined, Dialect, OpenAI, Question, Said, Stop
from sandbox.ledger import Call, cost, masked, summary
from sandbox.refusals import BadRequest
from sandbox.replies import Draft, cut, draft, form_of, tokens

HEADERS = {"x-winnow-sandbox": "prepared"}
ERRORS = ("401", "429", "500", "529", "insufficient_quota")
TWISTS = ("nonsense", "truncated", "refusal")
FAULTS = (*ERRORS, *TWISTS, "hang")
_NONSENSE = "Sure thing! The weather in the third drawer is seven, and so is the staircase."
_REFUSAL = "I'm sorry, but I can't help with that request."
_WRONG_KEYS = ("", "wrong")

Json = dict[str, Any]
Now = Callable[[], datetime]


@dataclass(frozen=True)
class Fault:
    """What befalls one call; `retry_after` in seconds, for the errors."""

    kind: str
    retry_after: float | None = None


def faults_of(body: object) -> list[Fault]:
    """The faults a request asks for, an empty list for `none`; `BadRequest` where it is none."""
    known = ("fault", "times", "retry_after")
    if not isinstance(body, dict) or set(body) - set(known):
        raise BadRequest(f"teacher: the body is an object with {', '.join(known)}.")
    kind, times = body.get("fault"), body.get("times", 1)
    retry_after = body.get("retry_after", 1 if kind == "429" else None)
    if kind not in (*FAULTS, "none"):
        raise BadRequest(f"teacher: fault must be one of {', '.join(FAULTS)}, or none.")
    if not isinstance(times, int) or not 1 <= times <= 1000:
        raise BadRequest("teacher: times must be a whole number from 1 to 1000.")
    if not isinstance(retry_after, int | float | None) or (retry_after or 0) < 0:
        raise BadRequest("teacher: retry_after must be seconds, from 0.")
    return [] if kind == "none" else [Fault(kind, retry_after)] * times


class Teacher:
    """Both providers over one set of banks."""

    def __init__(self, seed: int, now: Now) -> None:
        self._calls: list[Call] = []
        self._faults: deque[Fault] = deque()
        self._closing = asyncio.Event()
        self._now = now
        self._decks = {name: Deck(name, banks.load(name), seed) for name in banks.names()}

    async def answer(self, dialect: Dialect, request: web.Request) -> web.Response:
        """Answer one request in its provider's words, and enter it in the ledger."""
        key = dialect.key(request.headers)
        number = len(self._calls) + 1
        call = Call(number, self._now().isoformat(), dialect.provider, masked(key))
        self._calls.append(call)
        request_id = f"req_sandbox_{number:06d}"
        headers = {dialect.request_id_header: request_id}
        try:
            if key in _WRONG_KEYS:
                raise Declined("401")
            question = dialect.read(request.headers, await _body(request))
            body = dialect.reply(await self._say(question, call))
            call.status = 200
        except Declined as declined:
            call.status, body = dialect.error(declined, request_id)
            if declined.retry_after is not None:
                headers["retry-after"] = f"{declined.retry_after:g}"
        return _json(body, call.status, headers)

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
        return _json({"object": "list", "data": rows})

    async def ledger(self, _: web.Request) -> web.Response:
        """Every call so far, and what they cost together."""
        return _json(summary(self._calls))

    async def strike(self, request: web.Request) -> web.Response:
        """Set or clear faults."""
        try:
            asked = faults_of(await _body(request))
        except BadRequest as error:
            return _json({"error": error.sentence}, error.status)
        except Declined as error:
            return _json({"error": f"teacher: {error.details}"}, 400)
        if asked:
            self._faults.extend(asked)
        else:
            self._faults.clear()
        return _json({"pending": [fault.kind for fault in self._faults]})

    async def close(self, _: web.Application) -> None:
        """Let go of the calls that hang."""
        self._closing.set()

    async def _say(self, question: Question, call: Call) -> Said:
        call.model = question.model
        deck = self._decks.get(question.model)
        if deck is None:
            raise Declined("404", f"model: {question.model} is none of {', '.join(self._decks)}")
        fault = self._faults.popleft() if self._faults else None
        call.fault = fault.kind if fault else None
        if fault and fault.kind in ERRORS:
            raise Declined(fault.kind, retry_after=fault.retry_after)
        if fault and fault.kind == "hang":
            await self._hang()
        text, stop = self._text(question, call, deck)
        call.input_tokens, call.output_tokens = tokens(question.text), tokens(text)
        call.cost_usd = f"{cost(call.input_tokens, call.output_tokens):f}"
        at = int(self._now().timestamp())
        return Said(call.number, at, call.model, text, stop, call.input_tokens, call.output_tokens)

    def _text(self, question: Question, call: Call, deck: Deck) -> tuple[str, Stop]:
        """The reply's text within the request's limit; what does not fit goes back to the deck."""
        if call.fault == "refusal":
            return _REFUSAL, "refusal"
        if call.fault == "nonsense":
            return _NONSENSE, "end"
        drawn, full = _drawn(question, deck)
        text = _halved(full) if call.fault == "truncated" else full.text
        text = text if question.limit is None else cut(text, question.limit)
        whole = full.whole(len(text))
        deck.put_back(drawn[whole:])
        call.records = [entry.line for entry in drawn[:whole]]
        return text, "end" if text == full.text else "length"

    async def _hang(self) -> None:
        await self._closing.wait()
        raise web.HTTPServiceUnavailable(headers=HEADERS)


def _drawn(question: Question, deck: Deck) -> tuple[list[Entry], Draft]:
    """The next entries and their text; a broken one stands last, so that it spoils no other."""
    form = form_of(question.schema)
    drawn = sorted(deck.draw(form.count, question.text), key=lambda entry: bool(entry.raw))
    try:
        return drawn, draft(drawn, form)
    except Declined:
        deck.put_back(drawn)
        raise


def _halved(whole: Draft) -> str:
    """The text up to the middle of its last record."""
    start = whole.ends[-2] if len(whole.ends) > 1 else 0
    return whole.text[: (start + whole.ends[-1]) // 2]


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError as error:
        raise Declined("400", f"The body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise Declined("400", "The body must be a JSON object.")
    return body


def _json(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.json_response(body, status=status, headers={**HEADERS, **(headers or {})})


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def add_routes(app: web.Application, seed: int, *, now: Now = utc_now) -> None:
    """Mount the endpoint on an app that has not started yet.

    POST /openai/v1/chat/completions and /anthropic/v1/messages answer with prepared records; GET
    /openai/v1/models lists the banks; GET /sandbox/ledger {`calls`, their sums, `price`} tells what
    was charged; POST /sandbox/teacher {"fault": one of FAULTS, or none to clear; "times"?;
    "retry_after"? seconds} strikes the next well-formed calls → {"pending": [kind, …]}.

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

"""How the sandbox says no: with one of Slack's error codes, or with a sentence to who drives it."""


class Refused(Exception):  # noqa: N818  (Slack refuses; nothing went wrong in the sandbox)
    """A Web API call is answered `ok: false` with one of Slack's error codes.

    Attributes:
        code: An error code that Slack publishes for the method, or one common to all methods.
        messages: Explanations for `response_metadata.messages`, with JSON pointers.
        retry_after: Seconds for the `Retry-After` header of a 429.
        facts: What else the answer says (`needed` and `provided` scopes).
    """

    def __init__(self, code: str, *messages: str, retry_after: int | None = None) -> None:
        super().__init__(code, *messages)
        self.code = code
        self.messages = messages
        self.retry_after = retry_after
        self.facts: dict[str, str] = {}


class BadRequest(Exception):  # noqa: N818
    """A `/sandbox/...` request is answered with {"error": sentence} and this HTTP status."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


class NotAcknowledged(Exception):  # noqa: N818
    """The app did not acknowledge an envelope; `reason` is Slack's retry reason."""

    def __init__(self, reason: str, *, retry: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry

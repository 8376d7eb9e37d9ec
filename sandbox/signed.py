"""The other way to the app: signed HTTP posts, for apps without Socket Mode."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.manifest import SIGNING_SECRET
from sandbox.refusals import NotAcknowledged


def signature(body: str, timestamp: str, secret: str = SIGNING_SECRET) -> str:
    """Slack's X-Slack-Signature (version v0) of a body."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class SignedHttp:
    """Posts every event, interaction and command to one address."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def carry(
        self, kind: str, payload: dict[str, Any], attempt: int, reason: str, limit: float
    ) -> Any:  # noqa: ANN401
        """Post once; any 2xx acknowledges (see delivery.Carrier)."""
        content_type, body = _body(kind, payload)
        # Real time: the receiver refuses time stamps older than five minutes of its own clock.
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(body, timestamp),
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        try:
            return await self._post(body, headers, limit)
        except TimeoutError:
            raise NotAcknowledged("http_timeout") from None
        except aiohttp.ClientError:
            raise NotAcknowledged("connection_failed") from None

    async def _post(self, body: str, headers: dict[str, str], limit: float) -> Any:  # noqa: ANN401
        timeout = aiohttp.ClientTimeout(total=limit)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self.address, data=body.encode(), headers=headers) as answer,
        ):
            text = await answer.text()
            if not 200 <= answer.status < 300:
                retry = answer.headers.get("X-Slack-No-Retry") != "1"
                raise NotAcknowledged("http_error", retry=retry)
        if not text:
            return None
        return json.loads(text) if answer.content_type == "application/json" else {"text": text}


def _body(kind: str, payload: dict[str, Any]) -> tuple[str, str]:
    if kind == "events_api":
        return "application/json", json.dumps(payload)
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return "application/x-www-form-urlencoded", urlencode(form)

"""Asks the Graph API of Meta for the message templates of an account, one page after another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from settings.errors import BluetickError

URL = "https://graph.facebook.com"
FIELDS = "id,name,language,status,category,quality_score"
PAGE = 100
MOST_PAGES = 1_000  # an account has at most some thousand templates
SECONDS = 30.0
ACCOUNT = re.compile(r"[0-9]{1,30}")

Json = dict[str, Any]


class GraphFailed(BluetickError):
    """The templates cannot be had; the message says why, and never holds the token."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Where the Graph API is, and the token for it."""

    token: str = field(repr=False)
    url: str = URL

    def templates(self, account: str) -> Iterator[Json]:
        """Every template of a WhatsApp Business Account, by its id. Raises GraphFailed.

        The address of the next page is made here: the one in an answer could lead the token
        elsewhere.
        """
        if not ACCOUNT.fullmatch(account):
            raise GraphFailed("the WhatsApp Business Account must be named by its id, in digits")
        address = f"{self.url.rstrip('/')}/{account}/message_templates"
        after: str | None = ""
        with httpx.Client(
            timeout=SECONDS, headers={"Authorization": f"Bearer {self.token}"}
        ) as client:
            for _ in range(MOST_PAGES):
                asked = {"fields": FIELDS, "limit": str(PAGE)} | ({"after": after} if after else {})
                page = _page(client, address, asked)
                yield from page["data"]
                after = _next(page)
                if not after:
                    return
        raise GraphFailed(f"the Graph API has more than {MOST_PAGES:,} pages of templates")


def _page(client: httpx.Client, address: str, asked: dict[str, str]) -> Json:
    try:
        answer = client.get(address, params=asked)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GraphFailed(f"the Graph API does not answer ({type(error).__name__})") from None
    try:
        page = answer.json()
    except ValueError:
        page = None
    if answer.status_code != 200:
        raise GraphFailed(
            f"the Graph API answers {answer.status_code}{_code(page)}: check the account, and that "
            "the token has the permission whatsapp_business_management"
        )
    match page:
        case {"data": list(found)} if all(isinstance(one, dict) for one in found):
            return dict(page)
    raise GraphFailed("the Graph API answers without a list of templates: check its address")


def _next(page: Json) -> str | None:
    """The cursor of the next page; None after the last one."""
    match page.get("paging"):
        case {"next": str(), "cursors": {"after": str(after)}}:
            return after
    return None


def _code(page: Any) -> str:
    """The code of an error, in words; its text could repeat the token."""
    match page:
        case {"error": {"code": int(code)}}:
            return f" with the code {code}"
    return ""

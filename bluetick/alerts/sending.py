"""Sends one message to one destination: webhook, Slack or e-mail."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

import httpx
import orjson

from bluetick.alerts.state import Message
from settings.destinations import Destination, Email, Slack
from settings.errors import BluetickError
from settings.visible_text import visible

SECONDS = 10.0
LONGEST = 3_000
WORDS = {"raised": "Alert", "resolved": "Resolved", "test": "Test", "report": "Report"}


class Unsent(BluetickError):
    """The destination did not take it; the message says why, without address or secret."""


def send(destination: Destination, message: Message) -> None:
    """Sends once, for at most SECONDS a step. Raises Unsent."""
    if isinstance(destination, Email):
        _mail(destination, message)
    elif isinstance(destination, Slack):
        _post(destination.url, {"text": f"*{WORDS[message.event]}* {_for_slack(message)}"})
    else:
        _post(destination.url, message.as_json())


def _post(url: str, value: object) -> None:
    try:
        with httpx.stream(  # the answer's body is not read: nobody bounds its size
            "POST",
            url,
            content=orjson.dumps(value),
            headers={"Content-Type": "application/json", "User-Agent": "bluetick"},
            timeout=SECONDS,
        ) as response:
            status = response.status_code
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # Without its text, which may quote the address.
        raise Unsent(f"no answer ({type(error).__name__})") from None
    if not 200 <= status < 300:
        raise Unsent(f"it answered {status}")


def _mail(to: Email, message: Message) -> None:
    try:
        with _mail_server(to) as server:
            if to.username and to.password:
                server.login(to.username, to.password)
            server.send_message(_email(to, message))
    except smtplib.SMTPResponseException as error:
        raise Unsent(f"the mail server answered {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise Unsent(f"the mail was not taken ({type(error).__name__})") from None


def _mail_server(to: Email) -> smtplib.SMTP:
    """A connection, encrypted unless the destination says otherwise; certificates are checked."""
    if to.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(to.host, to.port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(to.host, to.port, timeout=SECONDS)
    if to.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _email(to: Email, message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = f"Bluetick: {WORDS[message.event].lower()}: {message.rule}"
    mail["From"], mail["To"] = to.sender, ", ".join(to.to)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.id}@{to.sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"{_shown(message)}\n\nSince {message.since:%Y-%m-%d %H:%M} UTC. Id: {message.id}\n",
        cte="quoted-printable",
    )
    return mail


def _shown(message: Message) -> str:
    """The text, of an alert on one line; names in it come from webhooks."""
    text = visible(message.text, keep="\n" if message.event == "report" else "")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _for_slack(message: Message) -> str:
    """Without markup, such as that which mentions everybody."""
    return _shown(message).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

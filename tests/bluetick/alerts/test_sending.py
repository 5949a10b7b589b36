"""Messages reach real servers, and failures say no secret."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bluetick.alerts.outbox import PAUSES, TOO_OLD, Outbox
from bluetick.alerts.sending import Unsent, send
from bluetick.alerts.state import Message, State
from settings.destinations import Email, Slack, Webhook
from tests.support.inbox import certificate, http_inbox, mail_inbox

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
SECRET = "s3cret"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def message(text: str = "failures: failure rate 25.0%", *left: str, name: str = "a") -> Message:
    return Message(
        id=f"{name}-raised", event="raised", rule="failures", text=text, since=NOW, at=NOW,
        details={"metric": "failure_rate", "value": 0.25}, left=left,
    )  # fmt: skip


def email(port: int, **own: object) -> Email:
    usual = {"kind": "email", "host": "127.0.0.1", "port": port, "from": "bluetick@shop.example"}
    return Email.model_validate(usual | {"to": ["ops@shop.example"]} | own)


def test_a_webhook_gets_all_of_it_as_json() -> None:
    with http_inbox() as inbox:
        send(Webhook(kind="webhook", url=inbox.url), message())
        body = inbox.next()
    assert body == {
        "id": "a-raised",
        "event": "raised",
        "rule": "failures",
        "text": "failures: failure rate 25.0%",
        "since": "2026-11-25T14:30:00Z",
        "at": "2026-11-25T14:30:00Z",
        "details": {"metric": "failure_rate", "value": 0.25},
    }


def test_slack_gets_text_without_markup_of_strangers() -> None:
    with http_inbox() as inbox:
        send(Slack(kind="slack", url=inbox.url), message("campaign <!channel>\n& co"))
        assert inbox.next() == {"text": "*Alert* campaign &lt;!channel&gt;\\n&amp; co"}


def test_a_mail_is_sent_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path)
    with mail_inbox(file) as box:
        to = email(box.port, username="u", password=SECRET)
        with pytest.raises(Unsent, match="SSLCertVerificationError"):
            send(to, message())
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        send(to, message("Ünusual\r\nBcc: x@y.example"))
        assert box.encrypted == [True]
        assert b64decode(box.logins[0]) == b"\0u\0" + SECRET.encode()
        (mail,) = box.mails
        assert (mail["Subject"], mail["To"]) == ("Bluetick: alert: failures", "ops@shop.example")
        assert mail["Bcc"] is None
        assert "Ünusual\\r\\nBcc" in mail.get_content()
        box.refuse = True
        with pytest.raises(Unsent, match="the mail server answered 554"):
            send(to, message())


def test_a_failure_says_why_and_no_address() -> None:
    with http_inbox() as inbox:
        inbox.answers = [403]
        with pytest.raises(Unsent, match="it answered 403"):
            send(Webhook(kind="webhook", url=inbox.url), message())
    for down in (Webhook(kind="webhook", url=inbox.url), email(1, security="none")):
        with pytest.raises(Unsent, match=r"\(Connect\w+\)") as error:
            send(down, message())
        assert SECRET not in str(error.value)
        assert error.value.__cause__ is None


def test_a_failing_destination_is_tried_again_after_pauses_and_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, saved = [0.0], list[State]()
    with http_inbox() as bad, http_inbox() as good:
        bad.answers = [500, 500]
        to = {
            "bad": Webhook(kind="webhook", url=bad.url),
            "good": Slack(kind="slack", url=good.url),
        }
        outbox = Outbox(to, lambda: clock[0])
        state = State(outbox=(message("x", "bad", "good"), message("y", "bad", "gone", name="b")))
        for pause in PAUSES[:2]:
            state = outbox.deliver(state, saved.append, NOW)
            assert outbox.wait(state) == pause
            assert outbox.deliver(state, saved.append, NOW) == state
            clock[0] += pause
        assert good.bodies.qsize() == 1
        state = outbox.deliver(state, saved.append, NOW)
        assert state == saved[-1] == State()
        assert outbox.wait(state) is None
        assert [bad.next()["text"], bad.next()["text"]] == ["x", "y"]
    assert "it answered 500; trying again in 10 s" in caplog.text
    assert SECRET not in caplog.text


def test_what_is_too_old_is_dropped() -> None:
    outbox = Outbox({"down": email(1)})
    state = State(outbox=(message("x", "down"),))
    assert outbox.deliver(state, lambda _: None, NOW + 2 * TOO_OLD) == State()

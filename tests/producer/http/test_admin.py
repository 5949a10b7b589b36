"""What strangers at the webhook port learn: nothing about sources, metrics or schemas."""

from __future__ import annotations

import pytest

from tests.support.payloads import cloud, status
from tests.support.receiver import JSON, Receiver, signature

BODY = cloud(status("wamid.stranger"))
# A body with each kind of proof that is wrong, and with none.
PROOFS = (
    {},
    {"X-Hub-Signature-256": signature(BODY, "guess")},
    {"X-Hub-Signature-256": "sha256=short"},
    {"X-Webhook-Token": "guess"},
    {"Authorization": "Basic Zzp4"},
    {"X-Twilio-Signature": "Z3Vlc3M="},
)


@pytest.mark.parametrize(
    "path", ["/metrics", "/subjects", "/schemas/types", "/schemas/ids/1", "/config", "/mode"]
)
def test_metrics_and_schemas_are_on_the_admin_port_only(edge: Receiver, path: str) -> None:
    stranger = edge.client.get(path)
    assert stranger.status_code == 404
    assert stranger.json()["error"]["code"] == "not_found"
    assert b"post webhooks to" not in edge.admin.get(path).content


def test_health_is_on_both_ports_and_webhooks_on_one(edge: Receiver) -> None:
    for client in (edge.client, edge.admin):
        assert client.get("/healthz").json() == {"alive": True}
        assert client.get("/readyz").json() == {"ready": True}
    forged = {"Host": f"127.0.0.1:{edge.admin.base_url.port}"}
    assert edge.client.get("/metrics", headers=forged).status_code == 404
    assert edge.admin.post("/webhooks/open", content=BODY, headers=JSON).status_code == 404


@pytest.mark.parametrize("proof", PROOFS, ids=str)
def test_configured_sources_answer_as_one_that_does_not_exist(
    edge: Receiver, proof: dict[str, str]
) -> None:
    def answered(source: str) -> tuple[int, str, dict[str, str]]:
        answer = edge.client.post(f"/webhooks/{source}", content=BODY, headers=JSON | proof)
        kept = {name: text for name, text in answer.headers.items() if name != "date"}
        return answer.status_code, answer.text, kept

    unknown = answered("nobody")
    assert unknown[0] == 401
    assert unknown[2]["www-authenticate"].startswith("Basic realm=")
    for source in ("meta", "positus", "legacy", "sns", "twilio"):
        assert answered(source) == unknown


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "subscribe", "hub.verify_token": "guess", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "guess"},
    ],
    ids=str,
)
def test_handshakes_too(edge: Receiver, query: dict[str, str]) -> None:
    unknown = edge.client.get("/webhooks/nobody", params=query)
    assert unknown.status_code == 403
    for source in ("meta", "positus", "legacy"):
        answer = edge.client.get(f"/webhooks/{source}", params=query)
        assert (answer.status_code, answer.text) == (403, unknown.text)


def test_large_bodies_too(edge: Receiver) -> None:
    for length, code in ((5_000_000, 413), (100_000, 401)):
        body = b" " * length
        for source in ("nobody", "meta"):
            headers = JSON | {"X-Hub-Signature-256": signature(body, "guess")}
            answer = edge.client.post(f"/webhooks/{source}", content=body, headers=headers)
            assert answer.status_code == code

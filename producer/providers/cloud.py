"""Meta's Cloud API, and providers that forward its webhooks as a whole or in parts."""

from __future__ import annotations

from producer.providers.canonical import FLAT_KEYS, OBJECT, field_of
from producer.providers.provider import Guide, Json, Provider, unchanged


def recognises(body: Json, configured: bool) -> bool:  # noqa: ARG001
    """Whether this is an envelope or a part of one: an entry, a change or a value."""
    if any(isinstance(body.get(key), dict | list) for key in ("entry", "changes")):
        return True
    if "field" in body and isinstance(body.get("value"), dict):
        return True
    if FLAT_KEYS & body.keys():
        return isinstance(body.get("metadata"), dict)
    return field_of(body) is not None


def other_product(body: Json) -> str | None:
    """An envelope of Instagram or of a page, which one Meta app can post too, says so."""
    named = body.get("object")
    if named is None or named == OBJECT or not isinstance(body.get("entry"), dict | list):
        return None
    product = named.strip().lower() if isinstance(named, str) else ""
    if not product or product.startswith("whatsapp"):
        return None
    return "the key `object` names another product"


GUIDE = Guide(
    title="Meta Cloud API",
    source="meta",
    steps=(
        "Start the receiver first: Meta calls the address before it saves it.",
        "In the app's WhatsApp configuration, enter this callback URL: {url}",
        "Enter the same verify token as in the file.",
        "Subscribe to messages and to every account field that you want to see.",
    ),
    keys="""auth = "hmac"
app_secrets = ["env:META_APP_SECRET"]
verify_token = "env:META_VERIFY_TOKEN"
""",
)
# Others who forward Meta's webhooks, each with an authentication of its own.
OTHERS = {
    "360dialog": Guide(
        title="360dialog",
        source="d360",
        steps=(
            "Set this address as the webhook URL of the number, or of the partner account: {url}",
            "Ask for the secret of the signature. If your account has none, set a header for the "
            'webhook instead, and auth = "header" with header and token in the file.',
        ),
        keys="""auth = "hmac"
app_secrets = ["env:DIALOG_WEBHOOK_SECRET"]
signature_header = "x-360dialog-signature"
""",
    ),
    "bsp": Guide(
        title="A provider with Meta's envelope that reads the answer",
        steps=(
            "In the WhatsApp assistant of the messaging portal, add two HTTP forward rules for "
            "each channel, for incoming messages and for delivery statuses, with this address: "
            "{url}",
            "Let both send the header X-Webhook-Token with a secret of your choice.",
        ),
        keys="""auth = "header"
header = "X-Webhook-Token"
token = "env:BSP_TOKEN"
reply = "status-json"
""",
    ),
}
PROVIDER = Provider(recognises, unchanged, unchanged, other_product, guide=GUIDE, others=OTHERS)

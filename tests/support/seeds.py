"""The providers whose documented payloads are fixtures, and the configuration of their sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.fixtures import Fixture, load

Table = dict[str, Any]

_HEADER = {"auth": "header", "header": "X-Webhook-Token"}
_SIGNED = {"auth": "signature"}
_BASIC = {"auth": "basic", "username": "bluetick"}
_SOURCES: dict[str, Table] = {
    "positus": {
        "dialect": "onprem",
        **_HEADER,
        "token": "positus-token",
        "business_number": "15550001111",
    },
    "engagelab": {
        "dialect": "engagelab",
        **_HEADER,
        "token": "engagelab-token",
        "business_number": "15550002222",
    },
    "onprem": {
        "dialect": "onprem",
        **_BASIC,
        "password": "onprem-password",
        "business_number": "15550003333",
    },
    "onprem_zh": {
        "dialect": "onprem",
        **_BASIC,
        "password": "onprem-zh-password",
        "business_number": "15550004444",
    },
    "d360": {
        "dialect": "cloud",
        "auth": "hmac",
        "app_secrets": ["d360-secret"],
        "signature_header": "x-360dialog-signature",
    },
    "aws": {"dialect": "aws", **_BASIC, "password": "aws-password"},
    "twilio": {
        "dialect": "twilio",
        "auth": "signature",
        "app_secrets": ["twilio-token"],
        "public_url": "https://hooks.example.com/webhooks/twilio",
    },
    "gupshup": {
        "dialect": "gupshup",
        **_BASIC,
        "password": "gupshup-password",
        "business_number": "15550005555",
    },
    "infobip": {
        "dialect": "infobip",
        **_BASIC,
        "password": "infobip-password",
        "business_number": "15550006666",
    },
    "vonage": {"dialect": "vonage", **_SIGNED, "app_secrets": ["vonage-secret"]},
    "ycloud": {"dialect": "ycloud", **_SIGNED, "app_secrets": ["ycloud-secret"]},
    "sinch": {
        "dialect": "sinch",
        **_SIGNED,
        "app_secrets": ["sinch-secret"],
        "business_number": "15550009999",
    },
    "wati": {
        "dialect": "wati",
        **_BASIC,
        "password": "wati-password",
        "business_number": "15550010000",
    },
    "bird": {
        "dialect": "bird",
        **_SIGNED,
        "app_secrets": ["bird-key"],
        "public_url": "https://hooks.example.com/webhooks/bird",
        "business_number": "15550011111",
    },
    "azure": {
        "dialect": "azure",
        **_HEADER,
        "token": "azure-token",
        "business_number": "15550012222",
    },
    "bsp": {"dialect": "cloud", **_HEADER, "token": "bsp-token", "reply": "status-json"},
}


@dataclass(frozen=True)
class Case:
    """One documented payload and the source it is posted to."""

    source: str
    fixture: Fixture

    def __str__(self) -> str:
        return str(self.fixture)


def seed_sources() -> dict[str, Table]:
    """The `[sources.NAME]` table of each provider; NAME is also its folder of fixtures."""
    return {name: dict(table) for name, table in _SOURCES.items()}


def seed_cases() -> list[Case]:
    """Every documented payload of these providers, in the order of the files."""
    return [Case(item.dialect, item) for item in load() if item.dialect in _SOURCES]

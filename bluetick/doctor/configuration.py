"""Check the file of the webhook sources: is it valid, and does each source need a secret?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bluetick.doctor.finding import Finding, counted, ok, problem, warning
from bluetick.local.sources import LOCAL, configured
from bluetick.local.up import LOOPBACK
from bluetick.options import Settings
from settings.alerts import load_alerting
from settings.dialects import DIALECTS
from settings.errors import ConfigError
from settings.goals import load_goals
from settings.login import OPEN, Login, consented, load_login
from settings.privacy import FULL, Privacy
from settings.sources import Source, load_config
from settings.weak_sources import LEAST, weak_keys

CHECK = "configuration"


def configuration(settings: Settings) -> Iterator[Finding]:
    """Findings about the file, then about each source. Secrets are resolved but never shown."""
    local = settings.host in LOOPBACK
    file = configured(settings.config)
    if file is None:
        if local:
            yield ok(CHECK, f"no bluetick.toml: source {LOCAL} takes posts from this machine only")
        else:
            yield problem(
                CHECK,
                f"there is no bluetick.toml, and source {LOCAL} is not served on {settings.host}",
                "write bluetick.toml with your provider's secret, or omit --host",
            )
            yield from _of_login(Login(), settings.host, local)
        return
    try:
        config = load_config(file)
    except ConfigError as error:
        for line in str(error).splitlines():
            yield problem(
                CHECK, line, f"correct it in {file}; until then `bluetick receive` does not start"
            )
        return
    if not config.sources:
        yield problem(CHECK, f"{file} names no source", "add a [sources.NAME] table to it")
    yield _of_privacy(config.privacy)
    for source in config.sources.values():
        yield _of_source(source, settings.host, local)
    if any(each is not None for each in (config.alerts, config.reports, config.destinations)):
        yield from _alerts(file)
    if config.goals is not None:
        yield from _goals(file)
    try:
        yield from _of_login(load_login(file), settings.host, local)
    except ConfigError as error:
        for line in str(error).splitlines():
            advice = f"correct it in {file}; until then `bluetick dashboard` does not start"
            yield problem(CHECK, line, advice)


def _of_login(login: Login, host: str, local: bool) -> Iterator[Finding]:
    if login.required:
        how = "OpenID Connect" if login.oidc else "a header of a proxy"
        yield ok(CHECK, f"dashboard: login by {how}, {counted(len(login.people), 'person')}")
    elif not local and not consented():
        yield warning(
            CHECK,
            f"the dashboard has no login, so it does not start on {host} without {OPEN}=true",
            "add [dashboard.oidc] or [dashboard.proxy], or let it listen on 127.0.0.1",
        )
    elif not local:
        yield warning(
            CHECK,
            f"anybody who reaches {host} can open the dashboard, because {OPEN} is set",
            "add [dashboard.oidc] or [dashboard.proxy]",
        )


def _alerts(file: Path) -> Iterator[Finding]:
    try:
        alerting = load_alerting(file)
    except ConfigError as error:
        for line in str(error).splitlines():
            advice = f"correct it in {file}; until then `bluetick watch` does not start"
            yield problem(CHECK, line, advice)
        return
    rules = counted(len(alerting.alerts), "alert")
    if alerting.destinations:
        yield ok(CHECK, f"{rules}, sent to {', '.join(alerting.destinations)}")
    else:
        yield warning(
            CHECK, f"{rules}, but nowhere to send them", f"add [destinations.NAME] to {file}"
        )


def _goals(file: Path) -> Iterator[Finding]:
    try:
        goals = load_goals(file).goals
    except ConfigError as error:
        for line in str(error).splitlines():
            advice = f"correct it in {file}; until then `bluetick dashboard` does not start"
            yield problem(CHECK, line, advice)
        return
    yield ok(CHECK, f"dashboard: {counted(len(goals), 'goal')}")


def _of_privacy(privacy: Privacy) -> Finding:
    if privacy.level == FULL:
        return ok(CHECK, "privacy level full: phone numbers, names and texts are kept")
    return ok(CHECK, f"privacy level {privacy.level}, key {privacy.key_id}")


def _of_source(source: Source, host: str, local: bool) -> Finding:
    if source.auth == "none" and not local and not source.allow:
        return warning(
            CHECK,
            f"source {source.name} asks for no secret, and the receiver listens on {host}",
            'choose auth = "hmac", "basic" or "header" for it, or listen on 127.0.0.1',
        )
    if keys := ", ".join(weak_keys(source)):
        return warning(
            CHECK,
            f"source {source.name}: {keys} shorter than {LEAST} characters, so it may be guessed",
            "choose a longer secret, such as from `openssl rand -hex 16`, here and at the provider",
        )
    dialect = DIALECTS.get(source.dialect)
    if dialect and not (dialect.names_business_number or source.business_number):
        return warning(
            CHECK,
            f"source {source.name}: {source.dialect} payloads may not name your number, and it is "
            "not set here",
            f"set business_number in [sources.{source.name}] before its first webhook comes",
        )
    secrets = [*source.app_secrets, source.verify_token, source.token, source.password]
    resolved = counted(sum(secret is not None for secret in secrets), "secret")
    return ok(
        CHECK, f"source {source.name}: dialect {source.dialect}, auth {source.auth}, {resolved}"
    )

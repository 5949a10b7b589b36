"""Runs the dashboard as a web server."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from dashboards import sql_limits
from settings.login import Login, check_address

APP = Path(__file__).with_name("app.py")


def serve(
    data_dir: Path, *, host: str = "127.0.0.1", port: int = 8501, config: Path | None = None
) -> int:
    """Serve the dashboard of the warehouse in `data_dir` until SIGINT or SIGTERM.

    Runs in this process, so that a signal to it stops the server. `config` is the file with the
    login and the goals. Returns the exit code: 1 if the port is taken. Raises ConfigError.
    """
    problem = _taken(host, port)
    if problem:
        print(f"The dashboard cannot listen on {host}:{port}: {problem}", file=sys.stderr)
        return 1
    os.environ["BLUETICK_DATA_DIR"] = str(data_dir.resolve())
    if config:
        os.environ["BLUETICK_CONFIG"] = str(config.resolve())
    from dashboards import goals, login  # with Streamlit, which is slow to import

    goals.goals()  # a wrong goal ends the command, not each page
    how = login.settings()
    check_address(how, host, local=sql_limits.loopback(host))
    sql_limits.decide(host, login=how.required)
    options = _for_login(how) if how.required else []
    from streamlit.web import cli

    from dashboards import warehouse_reader

    try:
        code = cli.main(
            ["run", str(APP), "--server.address", host, "--server.port", str(port), *options],
            standalone_mode=False,
        )
    finally:
        warehouse_reader.end()
    return int(code or 0)


def _for_login(how: Login) -> list[str]:
    """Prepare Streamlit for a login; returns its options, none of which is a secret."""
    from dashboards import login

    # Else the web server would believe addresses that a header says.
    os.environ[login.FORWARDED] = ""
    if how.oidc:
        from streamlit.runtime.secrets import secrets_singleton

        # In memory only: no file has them.
        secrets_singleton.merge_programmatic_secrets({"auth": how.streamlit()})
    return ["--server.corsAllowedOrigins", how.public_url] if how.public_url else []


def _taken(host: str, port: int) -> str | None:
    """Why the address cannot be used; None if it can."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return f"{error.strerror}. Choose another with --dashboard-port"
    return None

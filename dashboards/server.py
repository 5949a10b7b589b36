"""Runs the dashboard as a web server."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from dashboards import sql_limits

APP = Path(__file__).with_name("app.py")


def serve(data_dir: Path, *, host: str = "127.0.0.1", port: int = 8501) -> int:
    """Serve the dashboard of the warehouse in `data_dir` until SIGINT or SIGTERM.

    Runs in this process, so that a signal to it stops the server. Returns the exit code: 1 if
    the port is taken.
    """
    problem = _taken(host, port)
    if problem:
        print(f"The dashboard cannot listen on {host}:{port}: {problem}", file=sys.stderr)
        return 1
    os.environ["BLUETICK_DATA_DIR"] = str(data_dir.resolve())
    sql_limits.decide(host)
    from streamlit.web import cli  # slow to import, and not needed if the port is taken

    code = cli.main(
        ["run", str(APP), "--server.address", host, "--server.port", str(port)],
        standalone_mode=False,
    )
    return int(code or 0)


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

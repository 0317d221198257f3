"""A real Postgres, started for the tests in a temporary folder, on a Unix socket only.

Fixtures (each worker of pytest-xdist has a server of its own):

`postgres_url`
    URL of a fresh, empty database for this test: `postgresql+psycopg://…`, as SQLAlchemy takes it.
`postgres_database`
    A factory for migrated databases: `postgres_database(migrate)` returns the URL of a fresh copy
    of a database on which `migrate(url)` ran once per session. The copy takes some 20 ms, whatever
    the migrations take. `migrate` must leave no connection open.
`postgres_server`
    The server: `create_database(template=None) -> url`, `drop_database(url)`.

All databases go when the test ends, open connections or not. The server's time zone is a quarter
hour off on purpose: whoever relies on the session's zone finds out here. It runs with fsync off:
killing a client loses nothing, pulling the plug would.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.peers.wanting import skip_for_want_of

USER = "supportbot"
PORT = 5432  # names the socket; nothing listens on the network
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "timezone": "Asia/Kathmandu",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass
class PostgresServer:
    """A running server; `folder` holds its socket."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _templates: dict[Callable[[str], None], str] = field(default_factory=dict)

    def create_database(self, template: str | None = None) -> str:
        """Create a database, as a copy of the one named `template` if given, and return its URL."""
        name = f"test_{next(self._numbers)}"
        source = sql.Identifier(template or "template1")
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), source)
        )
        return self._url(name)

    def create_migrated(self, migrate: Callable[[str], None]) -> str:
        """Return the URL of a fresh copy of a database that `migrate(url)` prepared once."""
        if migrate not in self._templates:
            url = self.create_database()
            migrate(url)
            self._templates[migrate] = _name(url)
        return self.create_database(self._templates[migrate])

    def drop_database(self, url: str) -> None:
        """Drop the database, and close whatever connections it still has."""
        name = sql.Identifier(_name(url))
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _url(self, name: str) -> str:
        url = URL.create(
            "postgresql+psycopg", username=USER, database=name, query={"host": str(self.folder)}
        )
        return url.render_as_string(hide_password=False)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            host=str(self.folder), port=PORT, user=USER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)


def _name(url: str) -> str:
    database = make_url(url).database
    assert database is not None
    return database


def find_postgres() -> Path | None:
    """The folder with initdb, pg_ctl and postgres; Debian keeps it off the PATH."""
    on_path = shutil.which("pg_ctl")
    folders = [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: folder.parent.name.zfill(4), reverse=True)
    programs = ("initdb", "pg_ctl", "postgres")
    return next((d for d in folders if all((d / program).exists() for program in programs)), None)


@contextmanager
def running_postgres(programs: Path) -> Iterator[PostgresServer]:
    """Start a server with the programs in that folder, and stop it at the end."""
    # Not pytest's tmp_path: a socket's path may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="supportbot-pg-") as temporary:
        folder = Path(temporary)
        identity = _own(folder)
        data = folder / "data"
        initialise: list[str | Path] = [
            "--auth=trust",
            f"--username={USER}",
            "--encoding=UTF8",
            "--locale=C",
        ]
        _run([programs / "initdb", "-D", data, "--no-sync", *initialise], identity)
        with (data / "postgresql.conf").open("a") as config:
            config.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
            config.write(f"unix_socket_directories = '{folder}'\n")
        control: list[str | Path] = [programs / "pg_ctl", "-D", data, "-w", "-s"]
        _run([*control, "-l", folder / "log", "start"], identity)
        try:
            yield PostgresServer(folder)
        finally:
            _run([*control, "-m", "immediate", "stop"], identity)


def _own(folder: Path) -> _Identity:
    """Whom to run as: Postgres refuses root, so root hands the folder to nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(command: list[str | Path], identity: _Identity) -> None:
    # Not captured through pipes: the server would inherit them and keep us waiting for their end.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            **identity,
        )
        output.seek(0)
        assert done.returncode == 0, f"{command[0]} failed: {output.read()}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    programs = find_postgres()
    if programs is None:
        skip_for_want_of("postgres", "apt install postgresql")
    with running_postgres(programs) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def postgres_database(
    postgres_server: PostgresServer,
) -> Iterator[Callable[[Callable[[str], None]], str]]:
    urls: list[str] = []

    def fresh(migrate: Callable[[str], None]) -> str:
        urls.append(postgres_server.create_migrated(migrate))
        return urls[-1]

    yield fresh
    for url in urls:
        postgres_server.drop_database(url)

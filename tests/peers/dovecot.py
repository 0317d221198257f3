"""A real Dovecot, started for the tests in a temporary folder, on loopback only.

Fixtures (each worker of pytest-xdist has a server of its own):

`dovecot`
    The server: `host`, `port` (in clear and for STARTTLS), `tls_port`, `certificate` (a PEM file
    to trust), `stop()` and `start()` for a server that goes away and comes back on its ports.
    Any user may log in, with either password, so a test has a mailbox of its own by inventing one.
`dovecot_without_move`, `bare_dovecot`
    Others, that admit to less: the one to IDLE and UIDPLUS, the other to nothing at all.
`inbox`
    A `MailFolder`, the INBOX of a user of `dovecot` whom no other test knows; `Dovecot.fresh_inbox`
    makes one elsewhere.

`running_dovecot(wanted_dovecot())` is a server of the test's own (stopping it takes a second).
"""

from __future__ import annotations

import datetime
import grp
import imaplib
import ipaddress
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.peers.wanting import skip_for_want_of

HOST = "127.0.0.1"
PASSWORD = "correct-horse"
OTHER_PASSWORD = "richtiges-Pferd-für-ß"
_STARTED = "starting up"
_TRIES = 5
_numbers = itertools.count(1)

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap
listen = {host}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
{capability}
passdb {{
  driver = static
  args = password={password}
}}
passdb {{
  driver = static
  args = password={other_password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
service anvil {{
  chroot =
  # Else each wrong password makes the next login from here wait longer.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
# A process for many connections, not one for each.
service imap {{
  service_count = 1000
}}
service imap-login {{
  service_count = 0
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


class _Identity(TypedDict, total=False):
    user: str
    group: str
    extra_groups: list[str]


@dataclass
class Dovecot:
    """A server that runs between `start` and `stop`, always on the same ports."""

    folder: Path
    program: str
    user: str
    group: str
    port: int
    tls_port: int
    host: str = HOST
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def certificate(self) -> Path:
        """It signs itself, for `localhost` and 127.0.0.1."""
        return self.folder / "cert.pem"

    def start(self) -> None:
        """Start, and return once it listens. Raises OSError with its last words if it does not."""
        log = self.folder / "log"
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [self.program, "-F", "-c", str(self.folder / "dovecot.conf")],
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                **_identity(self.user, self.group),
            )
        self._wait_until_it_listens(self._process, log)

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes], log: Path) -> None:
        while True:
            try:
                process.wait(timeout=0.02)
            except subprocess.TimeoutExpired:
                if _STARTED in log.read_text(errors="replace"):
                    return
            else:
                raise OSError(log.read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        """Stop; whoever is connected is cut off."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def fresh_inbox(self) -> MailFolder:
        """The INBOX of somebody whom nobody has been yet."""
        return MailFolder(self, f"support{next(_numbers)}")


@dataclass(frozen=True)
class MailFolder:
    """A folder of a user, as seen by somebody else who is logged in there.

    `name` is as the wire has it (modified UTF-7 where it is not ASCII).
    """

    dovecot: Dovecot
    user: str
    name: str = "INBOX"

    def sibling(self, name: str) -> MailFolder:
        """Another folder of the same user, made on the server."""
        return MailFolder(self.dovecot, self.user, name).create()

    @contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        """A connection of the test's own, logged in, with no folder selected."""
        with imaplib.IMAP4(self.dovecot.host, self.dovecot.port, timeout=30) as client:
            client.login(self.user, PASSWORD)
            yield client

    def create(self) -> MailFolder:
        """Make the folder on the server."""
        self._do("create", self._quoted)
        return self

    def delete(self) -> None:
        self._do("delete", self._quoted)

    def append(self, raw: bytes, flags: str = "") -> None:
        """Put a message there, as another program would."""
        self._do("append", self._quoted, flags, None, raw)

    def drop(self, raw: bytes) -> None:
        """Put a message into the INBOX as a local mail server does: a file in its `new`."""
        home = self.dovecot.folder / "home"
        maildir = home / self.user / "Maildir"
        name = f"{next(_numbers)}.test"
        folders = [maildir / part for part in ("tmp", "new", "cur")]
        for folder in (home, home / self.user, maildir, *folders):
            if not folder.exists():
                folder.mkdir()
                _give(folder, self.dovecot.user)
        (maildir / "tmp" / name).write_bytes(raw)
        _give(maildir / "tmp" / name, self.dovecot.user)
        (maildir / "tmp" / name).rename(maildir / "new" / name)

    def subjects(self, criterion: str = "ALL") -> list[str]:
        """The subjects of the messages there that an IMAP search finds, in order."""
        with self.session() as client:
            client.select(self._quoted, readonly=True)
            _, found = client.search(None, criterion)
            numbers = ",".join(bytes(found[0] or b"").decode().split())
            if not numbers:
                return []
            _, data = client.fetch(numbers, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        heads = [bytes(pair[1]).decode() for pair in data if isinstance(pair, tuple)]
        return [head.partition(":")[2].strip() for head in heads]

    @property
    def _quoted(self) -> str:
        return f'"{self.name}"'

    def _do(self, command: str, *arguments: object) -> None:
        with self.session() as client:
            answer, words = getattr(client, command)(*arguments)
            assert answer == "OK", words


@contextmanager
def running_dovecot(program: str, capability: str | None = None) -> Iterator[Dovecot]:
    """Start a server and stop it at the end; `capability` is all that it admits to."""
    # Not pytest's tmp_path: a socket's path may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="supportbot-imap-") as temporary:
        server = _started(Path(temporary), program, capability)
        try:
            yield server
        finally:
            server.stop()


def _started(folder: Path, program: str, capability: str | None) -> Dovecot:
    user, group = _whom_to_run_as()
    _make_certificate(folder)
    for attempt in range(_TRIES):
        port, tls_port = _free_ports()
        server = Dovecot(folder, program, user, group, port, tls_port)
        _write_config(server, capability)
        for path in (folder, *folder.iterdir()):
            _give(path, user)
        try:
            server.start()
        except OSError:  # a free port may be taken by somebody else before Dovecot comes to it
            if attempt == _TRIES - 1:
                raise
        else:
            return server
    raise AssertionError("not reached")


def _write_config(server: Dovecot, capability: str | None) -> None:
    text = _CONFIG.format(
        folder=server.folder,
        host=server.host,
        user=server.user,
        group=server.group,
        port=server.port,
        tls_port=server.tls_port,
        password=PASSWORD,
        other_password=OTHER_PASSWORD,
        capability=f"imap_capability = {capability}" if capability else "",
    )
    (server.folder / "dovecot.conf").write_text(text)


def _whom_to_run_as() -> tuple[str, str]:
    """Root hands it to nobody, as Dovecot's unprivileged mode wants; anyone else keeps it."""
    me = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return me.pw_name, grp.getgrgid(me.pw_gid).gr_name


def _identity(user: str, group: str) -> _Identity:
    if os.geteuid() != 0:
        return {}
    return {"user": user, "group": group, "extra_groups": []}


def _give(path: Path, user: str) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, user)


def _free_ports() -> tuple[int, int]:
    with socket.create_server((HOST, 0)) as first, socket.create_server((HOST, 0)) as second:
        return int(first.getsockname()[1]), int(second.getsockname()[1])


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(private)


def find_dovecot() -> str | None:
    """Debian keeps it where only root's PATH looks."""
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")


def wanted_dovecot() -> str:
    """The program; without it the test is skipped."""
    program = find_dovecot()
    if program is None:
        skip_for_want_of("dovecot", "apt install dovecot-imapd")
    return program


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot(wanted_dovecot()) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_without_move() -> Iterator[Dovecot]:
    with running_dovecot(wanted_dovecot(), "IMAP4rev1 IDLE UIDPLUS") as server:
        yield server


@pytest.fixture(scope="session")
def bare_dovecot() -> Iterator[Dovecot]:
    with running_dovecot(wanted_dovecot(), "IMAP4rev1") as server:
        yield server


@pytest.fixture
def inbox(dovecot: Dovecot) -> MailFolder:
    return dovecot.fresh_inbox()

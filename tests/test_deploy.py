"""The image. Whatever needs no container is tried: the Dockerfile's own commands are run in a
folder, and what they install is started as the image would start it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import supportbot
from supportbot.settings import Settings
from tests.peers.wanting import skip_for_want_of
from tests.test_env_example import settings_of

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
HEALTHCHECK = DEPLOY / "healthcheck.py"
UID = 65532
VARIABLES = dict(settings_of(Settings))
Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True, slots=True)
class Instruction:
    word: str
    rest: str


def instructions() -> list[list[Instruction]]:
    """What stands in the Dockerfile: before the first FROM, then stage by stage."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    stages: list[list[Instruction]] = [[]]
    for line in filter(None, lines):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stages.append([])
        stages[-1].append(Instruction(word, rest.strip()))
    return stages


def only(stage: list[Instruction], word: str) -> str:
    (found,) = (each.rest for each in stage if each.word == word)
    return found


def environment_of(stage: list[Instruction]) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in only(stage, "ENV").split())


def test_hadolint_has_nothing_to_say() -> None:
    program = Path(sys.executable).with_name("hadolint")
    command = [str(program), "--no-color", "-t", "style", str(ROOT / "Dockerfile")]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_both_stages_stand_on_one_exact_base() -> None:
    head, build, image = instructions()
    name, _, base = only(head, "ARG").partition("=")
    running = ".".join(map(str, sys.version_info[:2]))
    assert name == "BASE"
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base)
    assert base.startswith(("python:3.11.", f"python:{running}."))
    assert only(build, "FROM") == "${BASE} AS build"
    assert only(image, "FROM") == "${BASE}"


def test_the_image_runs_as_nobody_stops_on_sigterm_and_says_how_it_is() -> None:
    *_, image = instructions()
    assert only(image, "USER") == f"{UID}:{UID}"
    assert json.loads(only(image, "ENTRYPOINT")) == ["supportbot"]
    assert json.loads(only(image, "CMD")) == ["run"]
    assert only(image, "STOPSIGNAL") == "SIGTERM"
    assert "/opt/supportbot/healthcheck.py" in only(image, "HEALTHCHECK")
    assert "://" not in " ".join(each.rest for each in image if "sqlite" not in each.rest)


def test_the_image_writes_below_its_volume_only_and_sets_what_is_a_setting() -> None:
    *_, image = instructions()
    given = {n: v for n, v in environment_of(image).items() if n.startswith("SUPPORTBOT_")}
    assert given.keys() <= VARIABLES.keys()
    assert json.loads(only(image, "VOLUME")) == ["/data"]
    assert given["SUPPORTBOT_DATABASE"] == "sqlite:////data/supportbot.db"
    assert given["SUPPORTBOT_FILES"] == "/data/files"


def test_only_what_is_copied_reaches_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    ignored = [line for line in lines if line and not line.startswith("#")]
    assert ignored[0] == "*"
    assert ignored[-1] == "**/__pycache__"
    copied = {
        source
        for stage in instructions()
        for each in stage
        if each.word == "COPY" and not each.rest.startswith("--from")
        for source in each.rest.split()[:-1]
    }
    assert {line.removeprefix("!") for line in ignored[1:-1]} == copied
    assert all((ROOT / source).exists() for source in copied)


@dataclass(frozen=True, slots=True)
class Image:
    """What the build stage made, in a folder instead of `/`."""

    root: Path

    def where(self, text: str) -> str:
        return re.sub(r"/(opt|data|playbooks)(?=/|\b)", rf"{self.root}/\1", text)

    def environment(self, **changed: str) -> dict[str, str]:
        """As the image sets it: no home, nothing of this process. Its paths are in the folder."""
        *_, image = instructions()
        given = {name: self.where(value) for name, value in environment_of(image).items()}
        # Nobody's secrets, whatever lies in /run/secrets here.
        return {**given, "SUPPORTBOT_SECRETS_DIR": str(self.root / "secrets"), **changed}

    def run(
        self, program: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it as the image's user, at the root of the file system."""
        return subprocess.run(
            [*self._as_nobody(), f"{self.root}/opt/supportbot/bin/{program}", *arguments],
            cwd="/",
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def _as_nobody(self) -> list[str]:
        """Root becomes the image's user, where that one may read the Python that runs here."""
        drop = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--no-new-privs"]
        drop += [f"--{kind}=-all" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            return []
        python = str(self.root / "opt/supportbot/bin/python")
        tried = subprocess.run([*drop, python, "-c", ""], capture_output=True, check=False)
        return drop if tried.returncode == 0 else []


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The commands of the build stage, run here; pip needs a registry or its own cache."""
    # Not pytest's folder: the image's user could not look into it.
    with tempfile.TemporaryDirectory(prefix="supportbot-image-") as folder:
        Path(folder).chmod(0o755)
        made = Image(Path(folder))
        context = made.root / "context"
        context.mkdir()
        _, build, _ = instructions()
        for each in build:
            if each.word == "COPY":
                _copy(each.rest.split(), context)
            elif each.word == "RUN":
                _run(made.where(each.rest), context)
        shutil.copy(HEALTHCHECK, made.root / "opt/supportbot/healthcheck.py")
        for writable in ("data", "playbooks"):
            (made.root / writable).mkdir(mode=0o755)
            if os.geteuid() == 0:
                os.chown(made.root / writable, UID, UID)
        shutil.copytree(ROOT / "playbooks", made.root / "playbooks", dirs_exist_ok=True)
        yield made


def _copy(paths: list[str], context: Path) -> None:
    *sources, target = paths
    for source in sources:
        here, there = ROOT / source, context / target
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            there.mkdir(parents=True, exist_ok=True)
            shutil.copy(here, there)


def _run(command: str, folder: Path) -> None:
    python = Path(sys.executable)
    environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"}
    # This environment has the pip that the base image would have.
    command = command.replace("pip --python", f"{python} -m pip --quiet --python")
    done = subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=folder,
        env={**environment, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 and re.search(
        r"NewConnectionError|Could not find a version", done.stderr
    ):
        skip_for_want_of("package-registry", "a network in which pip finds its registry")
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(300)
def test_what_the_dockerfile_installs_runs_as_nobody_with_one_writable_folder(image: Image) -> None:
    before = set((image.root / "opt").rglob("*"))
    _is_the_bot_and_nothing_that_installs(image)
    _says_what_it_lacks(image)
    _works_without_a_home(image)
    assert set((image.root / "opt").rglob("*")) == before


def _is_the_bot_and_nothing_that_installs(image: Image) -> None:
    assert image.run("supportbot", "--version").stdout == f"supportbot {supportbot.__version__}\n"
    where = "import supportbot; print(supportbot.__file__)"
    assert image.run("python", "-c", where).stdout.startswith(f"{image.root}/opt/supportbot/lib")
    for tool in ("pip", "setuptools", "hatchling", "pytest"):
        assert "No module named" in image.run("python", "-c", f"import {tool}").stderr


def _says_what_it_lacks(image: Image) -> None:
    started = image.run("supportbot", "run")
    assert started.returncode == 2
    for name in ("SUPPORTBOT_SLACK__BOT_TOKEN", "SUPPORTBOT_SLACK__APP_TOKEN"):
        assert f"{name} is missing: " in started.stderr
    assert "Traceback" not in started.stderr


def _works_without_a_home(image: Image) -> None:
    assert image.run("supportbot", "check").returncode == 0
    upgraded = image.run("supportbot", "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    listed = image.run("supportbot", "tickets", "list", "--json")
    assert (listed.returncode, listed.stdout) == (0, "[]\n")
    mail = image.root / "playbooks/request.eml"
    mail.write_bytes(b"From: mara@northfield.example\nSubject: help\nMessage-ID: <1@x>\n\nHelp\n")
    address = {"SUPPORTBOT_MAIL__ADDRESS": "help@openfield.example"}
    delivered = image.run("supportbot", "mail", "deliver", str(mail), **address)
    assert delivered.returncode == 0, delivered.stderr
    assert (image.root / "data/supportbot.db").stat().st_mode & 0o777 == 0o600

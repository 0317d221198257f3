"""deploy/: the services do little, keep secrets in files, and say only what is a setting."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from supportbot.adapters.slack.manifest import manifest
from supportbot.entrypoints import run
from supportbot.settings import Settings
from tests.test_env_example import secrets_of, settings_of

DEPLOY = Path(__file__).parents[1] / "deploy"
UID = 65532
VARIABLES = dict(settings_of(Settings))


def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def seconds(text: str) -> int:
    assert text.endswith("s")
    return int(text.removesuffix("s"))


@pytest.mark.parametrize("name", ["bot", "postgres", "migrate"])
def test_a_service_may_do_little_and_write_little(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "cap_add" not in service
    assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])
    assert service["user"] in (f"{UID}:{UID}", "postgres")
    assert re.search(r":[\w.${}-]+$", service["image"])


def test_the_bot_waits_for_a_healthy_and_migrated_postgres() -> None:
    services = compose()["services"]
    healthy, migrated = (
        {"condition": "service_healthy"},
        {"condition": "service_completed_successfully"},
    )
    assert services["bot"]["depends_on"] == {"postgres": healthy, "migrate": migrated}
    assert services["migrate"]["depends_on"] == {"postgres": healthy}
    assert services["migrate"]["command"] == ["db", "upgrade"]
    assert services["migrate"]["restart"] == "no"
    for name in ("bot", "postgres"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"
        assert services[name]["restart"] == "unless-stopped"


def test_stopping_takes_longer_than_finishing() -> None:
    assert seconds(compose()["services"]["bot"]["stop_grace_period"]) > run._DRAIN + 20
    unit = (DEPLOY / "supportbot.service").read_text(encoding="utf-8")
    assert int(re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[0]) > run._DRAIN + 20


def test_ports_are_open_on_this_host_alone() -> None:
    services = compose()["services"]
    assert services["bot"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "ports" not in services["postgres"]
    assert services["postgres"]["networks"] == ["backend"]
    assert compose()["networks"]["backend"] == {"internal": True}


def uncommented() -> Any:
    """The compose file with everything that it offers."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    offered = re.compile(r"^(\s*)# (?=- \{|\w+: \{)", re.MULTILINE)
    return yaml.safe_load(offered.sub(r"\1", text))


@pytest.mark.parametrize("read", [compose, uncommented])
def test_every_secret_is_a_file_and_every_target_a_setting(read: Callable[[], Any]) -> None:
    told = read()
    files = told["secrets"]
    assert all(secret == {"file": f"secrets/{name}"} for name, secret in files.items())
    used = [each for service in told["services"].values() for each in service.get("secrets", ())]
    targets = {each["source"]: each["target"] for each in used if isinstance(each, dict)}
    assert {each for each in used if isinstance(each, str)} | targets.keys() == files.keys()
    assert set(targets.values()) <= VARIABLES.keys()


def test_the_compose_file_offers_every_secret_that_a_setting_takes() -> None:
    offered = {
        each["target"] for each in uncommented()["services"]["bot"]["secrets"] if "target" in each
    }
    # The database's is in pgpass; an App's key takes the place of the token.
    others = {"SUPPORTBOT_DATABASE", "SUPPORTBOT_GITHUB__PRIVATE_KEY"}
    assert offered == secrets_of(Settings) - others


def test_the_environment_of_the_bot_holds_settings_and_no_password() -> None:
    bot = compose()["services"]["bot"]
    assert bot["environment"].keys() <= VARIABLES.keys()
    assert not re.search(r"//\w+:", bot["environment"]["SUPPORTBOT_DATABASE"])
    targets = [re.split(r":(?=/)", volume)[1] for volume in bot["volumes"]]
    assert targets == ["/data", "/playbooks:ro"]


def test_the_service_runs_the_bot_with_settings_that_exist() -> None:
    unit = (DEPLOY / "supportbot.service").read_text(encoding="utf-8")
    given: Mapping[str, str] = dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.MULTILINE))
    assert given.keys() - {"SUPPORTBOT_SECRETS_DIR"} <= VARIABLES.keys()
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="):
        assert line in unit.splitlines()


def test_the_slack_manifest_is_the_one_that_the_command_prints() -> None:
    told = yaml.safe_load((DEPLOY / "slack-manifest.yaml").read_text(encoding="utf-8"))
    assert told == manifest()


@pytest.mark.parametrize("name", ["deploy.md", "retention.md"])
def test_what_the_documents_name_is_there(name: str) -> None:
    docs = DEPLOY.parent / "docs"
    text = (docs / name).read_text(encoding="utf-8")
    variables = set(re.findall(r"\bSUPPORTBOT_[A-Z_]*[A-Z]\b", text))
    # Those of a paging service have its name in them, which is the team's.
    variables = {re.sub(r"(_WEBHOOKS)__.*", r"\1", variable) for variable in variables}
    groups = {variable.rpartition("__")[0] for variable in VARIABLES}
    assert variables <= VARIABLES.keys() | groups | {"SUPPORTBOT_SECRETS_DIR"}
    for path in re.findall(r"\]\(([\w/.-]+\.md)", text):
        assert (docs / path).exists(), path
    for path in re.findall(r"`(deploy/[\w.-]+|requirements/[\w.-]+)`", text):
        assert (DEPLOY.parent / path).exists(), path
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= headings

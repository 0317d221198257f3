"""`supportbot communities import`: what is printed, what is written, and the status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.entrypoints.command_line import run

CLUSTER = """\
name: north-3
provider: gcp
hubs:
- {name: prod, domain: maps.northfield.example, display_name: Northfield University}
"""
PRESENT = """\
communities:
  northfield:   # a campus
    name: Northfield University
    hubs:
      prod: {url: "https://hub.northfield.example", cluster: north-1}
"""


@pytest.fixture
def clusters(tmp_path: Path) -> Path:
    (tmp_path / "clusters" / "north").mkdir(parents=True)
    (tmp_path / "clusters" / "north" / "cluster.yaml").write_text(CLUSTER)
    return tmp_path / "clusters"


def test_the_entries_are_printed_for_people_and_for_programs(clusters: Path) -> None:
    assert run("communities", "import", str(clusters)).output.endswith(
        "  northfield-university:\n"
        "    name: Northfield University\n"
        "    # representatives, mail_domains, slack_channels, time_zone: to be added\n"
        "    hubs:\n"
        '      prod: {url: "https://maps.northfield.example", cluster: north-3}\n'
    )
    said = json.loads(run("communities", "import", str(clusters), "--json").output)
    prod = {"url": "https://maps.northfield.example", "cluster": "north-3"}
    assert said == {
        "communities": {
            "northfield-university": {"name": "Northfield University", "hubs": {"prod": prod}}
        },
        "providers": {"north-3": "gcp"},
        "faults": [],
    }


def test_into_a_file_adds_what_is_missing_once(clusters: Path, tmp_path: Path) -> None:
    file = tmp_path / "communities.yaml"
    file.write_text(PRESENT)
    file.chmod(0o640)
    told = run("communities", "import", str(clusters), "--into", str(file))
    added = "added northfield/prod-north-3, https://maps.northfield.example on north-3."
    assert told.output == f"{file}: {added}\n"
    assert "# a campus" in file.read_text()
    assert "prod-north-3: {url:" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.glob(".*")) == []

    again = run("communities", "import", str(clusters), "--into", str(file))
    assert again.output == f"{file}: every hub is in it already.\n"
    said = json.loads(
        run("communities", "import", str(clusters), "--into", str(file), "--json").output
    )
    assert (said["added"], said["left"], said["differs"]) == ({}, {}, [])


def test_what_differs_or_has_no_place_is_said(clusters: Path, tmp_path: Path) -> None:
    file = tmp_path / "communities.yaml"
    flow = "communities: {northfield: {name: Northfield University}}\n"
    file.write_text(flow)
    told = run("communities", "import", str(clusters), "--into", str(file)).output
    assert "fits between no lines of it; put it in by hand." in told
    assert "  northfield:\n    hubs:\n" in told
    assert file.read_text() == flow

    file.write_text(PRESENT.replace("hub.northfield", "maps.northfield"))
    told = run("communities", "import", str(clusters), "--into", str(file)).output
    assert "northfield/prod runs on north-1 here, on north-3 by north/cluster.yaml:4" in told


def test_a_fault_is_named_and_the_status_is_1(clusters: Path, tmp_path: Path) -> None:
    (clusters / "bad.cluster.yaml").write_text("name: x\n")
    told = run("communities", "import", str(clusters))
    assert told.exit_code == 1
    assert "bad.cluster.yaml:1:1: the key 'hubs' is missing" in told.output
    assert "maps.northfield.example" in told.output

    broken = tmp_path / "communities.yaml"
    broken.write_text("communities: [\n")
    told = run("communities", "import", str(clusters), "--into", str(broken))
    assert told.exit_code == 2
    assert "mend this first: communities.yaml:" in told.output

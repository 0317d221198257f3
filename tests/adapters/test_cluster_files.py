"""Hubs of deployments as entries of communities.yaml: what is read, what is added, what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportbot.adapters.playbook_files.cluster_files import (
    LARGEST_FILE,
    MOST_HUBS,
    DeployedHub,
    Deployments,
    read_deployments,
)
from supportbot.adapters.playbook_files.cluster_import import Entry, plan
from supportbot.adapters.playbook_files.cluster_text import Added, as_yaml, into
from supportbot.adapters.playbook_files.tree import Document, read

NORTH = """
name: north-3
provider: gcp # billed to Ines
support:
  helm_chart_values_files:
  - support.values.yaml
empty:
hubs:
- name: staging
  display_name: "Northfield University (staging)"
  domain: staging.northfield.example
  helm_chart: basehub
- name: prod
  display_name: Northfield University
  domain: Hub.Northfield.example
- {name: r, domain: r.moor.example, display_name: "Süd: Moor"}
"""
SOUTH = "name: south-9\nhubs:\n  - {name: prod, domain: hub.high.example}\n"


def folder(path: Path, **files: str) -> Path:
    """`north__cluster` is north/cluster.yaml."""
    for name, text in files.items():
        file = path / f"{name.replace('__', '/').replace('_', '.')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return path


def deployed(path: Path, **files: str) -> Deployments:
    return read_deployments(folder(path, **files))


def hub(name: str, host: str, cluster: str = "c-1", display: str | None = None) -> DeployedHub:
    return DeployedHub(name, f"https://{host}", cluster, display, "c-1.yaml", 3)


def tree(text: str) -> Document:
    found = read("communities.yaml", text)
    assert isinstance(found, Document)
    return found


def imported(text: str, *hubs: DeployedHub) -> Added:
    return into("communities.yaml", text, tree(text), plan(hubs, tree(text)).entries)


def test_a_cluster_s_file_is_read_wherever_deployments_keep_it(tmp_path: Path) -> None:
    values = {"north__common_values": "jupyterhub: {}", "secret_values": "hubs: 1"}
    found = deployed(
        tmp_path, north__cluster=NORTH, south_cluster=SOUTH, schema="type: object", **values
    )
    assert found.faults == ()
    assert found.providers == {"north-3": "gcp", "south-9": None}
    assert [(one.name, one.url, one.display) for one in found.hubs] == [
        ("staging", "https://staging.northfield.example", "Northfield University (staging)"),
        ("prod", "https://hub.northfield.example", "Northfield University"),
        ("r", "https://r.moor.example", "Süd: Moor"),
        ("prod", "https://hub.high.example", None),
    ]
    assert (found.hubs[0].file, found.hubs[0].line) == ("north/cluster.yaml", 9)


def test_a_file_alone_is_a_cluster_when_it_has_hubs(tmp_path: Path) -> None:
    assert len(deployed(tmp_path, south=SOUTH).hubs) == 1
    (tmp_path / "below").mkdir()
    assert deployed(tmp_path / "below", deep__south=SOUTH).hubs == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- a list", "1:1: keys and values are wanted here"),
        ("name: a\n", "1:1: the key 'hubs' is missing — add `hubs: "),
        ("hubs: []\n", "1:1: the key 'name' is missing — add `name: north-1`"),
        ("name: a\nhubs: {prod: x}\n", "2:7: a list of hubs is wanted here — write each after"),
        ("name: a\nhubs:\n- {name: b}\n", "3:3: the key 'domain' is missing"),
        ("name: a\nhubs:\n- {name: b, domain: a_b}\n", "3:21: 'a_b' is no domain"),
        (
            "name: a\nhubs:\n- {name: b, domain: 'x://a.b'}\n",
            "3:21: 'x://a.b' is no domain",
        ),
        ('name: "a\\nb"\nhubs: []\n', "1:7: 'a\\nb' cannot be a name"),
        (f"name: {'a' * 101}\nhubs: []\n", "1:7: 'aaaa"),
        ("name: [\n", "2:1: "),
        ("name: a\nhubs: &all []\n", "2:7: &all names a place"),
        ("a: " + "[" * 50 + "]" * 50, "lists and mappings nest more than 20 deep"),
        ("name: a\nhubs:\n" + "- x\n" * (MOST_HUBS + 1), f"more than {MOST_HUBS} hubs"),
        ("#" * (LARGEST_FILE + 1), f"1:1: larger than {LARGEST_FILE // 1024} KiB"),
    ],
    ids=lambda text: str(text)[:30],
)
def test_a_faulty_file_is_named_with_its_mend_and_the_others_are_read(
    tmp_path: Path, text: str, fault: str
) -> None:
    found = deployed(tmp_path, bad__cluster=text, south__cluster=SOUTH)
    assert [one.name for one in found.hubs] == ["prod"]
    assert fault in str(found.faults[0])
    assert found.faults[0].file == "bad/cluster.yaml"


def test_a_faulty_hub_is_left_out_alone(tmp_path: Path) -> None:
    found = deployed(tmp_path, a__cluster=f"{NORTH}- {{name: x, domain: a b}}\n")
    assert len(found.hubs) == 3
    assert [fault.line for fault in found.faults] == [17]


def test_one_domain_is_one_hub(tmp_path: Path) -> None:
    found = deployed(tmp_path, a__cluster=SOUTH, b__cluster=SOUTH.replace("south-9", "south-8"))
    assert [one.cluster for one in found.hubs] == ["south-9"]
    assert "taken already, in a/cluster.yaml, line 3" in str(found.faults[0])


def test_bytes_that_are_no_text_and_links_that_lead_out_are_not_read(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    folder(tmp_path, outside=SOUTH)
    inside.mkdir()
    (inside / "link.cluster.yaml").symlink_to(tmp_path / "outside.yaml")
    (inside / "bytes.cluster.yaml").write_bytes(b"name: a\nhubs: \xff\n")
    found = read_deployments(inside)
    assert found.hubs == ()
    assert [str(fault) for fault in found.faults] == [
        "bytes.cluster.yaml:2:1: not UTF-8 text — save the file as UTF-8"
    ]


def test_hubs_displayed_alike_are_one_community_and_others_their_cluster_s(tmp_path: Path) -> None:
    found = deployed(tmp_path, north__cluster=NORTH, south__cluster=SOUTH)
    text = as_yaml(plan(found.hubs).entries, found.providers)
    assert "# Clusters: north-3 (gcp), south-9." in text
    assert tree(text).plain() == {
        "communities": {
            "northfield-university": {
                "name": "Northfield University",
                "hubs": {
                    "staging": {"url": "https://staging.northfield.example", "cluster": "north-3"},
                    "prod": {"url": "https://hub.northfield.example", "cluster": "north-3"},
                },
            },
            "sud-moor": {
                "name": "Süd: Moor",
                "hubs": {"r": {"url": "https://r.moor.example", "cluster": "north-3"}},
            },
            "south-9": {
                "name": "south-9",
                "hubs": {"prod": {"url": "https://hub.high.example", "cluster": "south-9"}},
            },
        }
    }


def test_names_that_meet_are_told_apart() -> None:
    entries = plan(
        [
            hub("prod", "a.example", "c-1", "Moor (prod)"),
            hub("prod", "b.example", "c-2", "Moor"),
            hub("prod", "c.example", "c-2", "Moor - staging"),
            hub("x", "d.example", "c-2", "MOOR"),
            hub("!", "e.example", "…", None),
        ]
    ).entries
    assert {entry.key: list(entry.hubs) for entry in entries} == {
        "moor": ["prod", "prod-c-2", "prod-c-2-2"],
        "moor-2": ["x"],
        "community": ["hub"],
    }


def test_a_name_cannot_write_yaml_of_its_own() -> None:
    wicked = 'x", hubs: {} # {a: &b'
    entry = Entry("x", wicked, new=True, hubs={"p": hub("p", "a.example", wicked)})
    found = tree(as_yaml([entry], {})).plain()
    assert found == {
        "communities": {
            "x": {"name": wicked, "hubs": {"p": {"url": "https://a.example", "cluster": wicked}}}
        }
    }


PRESENT = """\
# Who asks.
event_notice: 3 weeks

communities:
  # A campus.
  northfield:                # since 2019
    name: Northfield University
    representatives: [mara]   # and deshawn
    hubs:
      # The one that counts.
      prod: {url: "https://hub.northfield.example", cluster: north-1}

  lakeside:
    name: Lakeside
    time_zone: Africa/Johannesburg
  flow: {name: Flow, hubs: {prod: {url: "https://hub.flow.example", cluster: f-1}}}
"""


def test_what_is_missing_is_put_between_the_lines_that_people_wrote() -> None:
    done = imported(
        PRESENT,
        hub("prod", "hub.northfield.example", "north-1", "Northfield University"),
        hub("prod", "maps.northfield.example", "north-3", "Northfield University (maps)"),
        hub("class", "db.lakeside.example", "north-1", "Lakeside"),
        hub("new", "hub.moor.example", "m-1", "Moor"),
    )
    assert done.left == ()
    assert done.text == PRESENT.replace(
        "      # The one",
        '      prod-north-3: {url: "https://maps.northfield.example", cluster: north-3}\n'
        "      # The one",
    ).replace(
        "    name: Lakeside\n",
        '    hubs:\n      class: {url: "https://db.lakeside.example", cluster: north-1}\n'
        "    name: Lakeside\n",
    ) + (
        "  moor:\n    name: Moor\n"
        "    # representatives, mail_domains, slack_channels, time_zone: to be added\n"
        '    hubs:\n      new: {url: "https://hub.moor.example", cluster: m-1}\n'
    )


def test_a_second_import_adds_nothing() -> None:
    new = hub("new", "hub.moor.example", "m-1", "Moor")
    once = imported(PRESENT, new).text
    assert imported(once, new).added == ()


@pytest.mark.parametrize(
    "text",
    [
        'communities: {northfield: {name: Northfield, hubs: {a: {url: "x", cluster: y}}}}\n',
        "communities:\n  northfield: {name: Northfield}\n",
        "communities:\n  northfield:\n    name: Northfield\n    hubs:\n",
        "communities:\n  northfield:\n",
        "communities: []\n",
        "rules: []\n",
        "",
    ],
)
def test_what_has_no_place_between_the_lines_is_left_to_a_person(text: str) -> None:
    done = imported(text, hub("maps", "maps.example", "n-3", "Northfield"))
    assert (done.text, done.added) == (text, ())
    assert [list(entry.hubs) for entry in done.left] == [["maps"]]


def test_what_differs_is_told_and_never_written_over() -> None:
    moved = hub("prod", "hub.northfield.example", "north-7", "Northfield University")
    planned = plan([moved], tree(PRESENT))
    assert planned.entries == ()
    (differs,) = planned.differs
    assert (differs.hub, differs.written, differs.deployed) == (
        "northfield/prod",
        "north-1",
        "north-7",
    )

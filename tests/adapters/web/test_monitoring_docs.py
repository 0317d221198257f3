"""docs/monitoring.md names every metric there is, and its alerts ask for none that is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.metrics_core import Metric

from supportbot.adapters.web.server import CONNECTIONS, THREADS
from tests.adapters.web.test_metrics import scraped

PAGE = (Path(__file__).parents[3] / "docs" / "monitoring.md").read_text(encoding="utf-8")
_OURS = re.compile(r"\bsupportbot_[a-z_]+")
_SELECTED = re.compile(r"(\bsupportbot_[a-z_]+)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)=~?"([^"]*)"')


def rules() -> list[Mapping[str, Any]]:
    [block] = re.findall(r"```yaml\n# supportbot-rules.yml\n(.*?)```", PAGE, re.DOTALL)
    return [rule for group in yaml.safe_load(block)["groups"] for rule in group["rules"]]


def samples(families: Mapping[str, Metric]) -> dict[str, list[Mapping[str, str]]]:
    """The labels of the samples by their names."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for family in families.values():
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    queries = PAGE.partition("## Questions")[2].replace("\\|", "|")
    yield from re.findall(r"`(.*?)`", queries)


def test_every_metric_is_described_with_its_labels() -> None:
    rows = re.findall(r"^\| `(supportbot_\w+)` \|(.*?)\| (.*?) \|$", PAGE, re.MULTILINE)
    described = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels, _ in rows}
    families = scraped()
    assert described == {
        name: {label for sample in family.samples for label in sample.labels} - {"le"}
        for name, family in families.items()
        if name.startswith("supportbot_")
    }


def test_alerts_and_queries_ask_for_metrics_and_labels_that_are_there() -> None:
    there = samples(scraped())
    for expression in expressions():
        assert set(_OURS.findall(expression)) <= set(there), expression
        for name, selector in _SELECTED.findall(expression):
            wanted = dict(_MATCHER.findall(selector))
            for label, pattern in wanted.items():
                seen = {labels.get(label) for labels in there[name]}
                known = {value for value in seen if value and re.fullmatch(pattern, value)}
                # Which severities there are is the playbooks' business.
                assert known or label == "severity", (expression, label, pattern)


def test_every_alert_says_what_is_wrong_and_how_much_it_matters() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 10
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")


def test_the_bounds_are_as_they_are_in_the_server() -> None:
    assert f"{THREADS} requests are worked on at a time; {CONNECTIONS} connections" in PAGE

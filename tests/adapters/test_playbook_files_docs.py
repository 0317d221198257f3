"""The reference in docs/playbooks.md: its examples load, and no key is missing from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supportbot.adapters.playbook_files.communities import (
    CommunitiesFile,
    CommunityForm,
    HubForm,
)
from supportbot.adapters.playbook_files.condition_forms import (
    ConditionForm,
    PhrasesForm,
    RecurrenceForm,
    TimeForm,
)
from supportbot.adapters.playbook_files.event_windows import EventForm, WindowForm
from supportbot.adapters.playbook_files.forms import Form
from supportbot.adapters.playbook_files.incident import IncidentFile
from supportbot.adapters.playbook_files.known_problems import (
    KnownProblemsFile,
    OpenIssueForm,
    ProblemForm,
)
from supportbot.adapters.playbook_files.people import RESERVED, PeopleFile, PersonForm
from supportbot.adapters.playbook_files.periods import PeriodForm
from supportbot.adapters.playbook_files.rotation_forms import (
    LayerForm,
    OverrideForm,
    RotationForm,
    RotationsFile,
    ShiftForm,
)
from supportbot.adapters.playbook_files.rules import RuleForm, RulesFile, ThenForm
from supportbot.adapters.playbook_files.severities import (
    ReadyModeForm,
    SeveritiesFile,
    SeverityForm,
    TimeboxForm,
)
from supportbot.adapters.playbook_files.steps import AllHandsForm, StepForm
from supportbot.adapters.playbook_files.templates import TEMPLATES, default_templates
from supportbot.adapters.playbook_files.user_groups import UserGroupForm
from supportbot.domain.notices.template import ISSUE_FIELDS, PROMPT_FIELDS, REPLY_FIELDS
from tests.adapters.playbook_files_base import faults_of, loaded_from

PAGE = (Path(__file__).parents[2] / "docs" / "playbooks.md").read_text(encoding="utf-8")
SMALLEST, REST = PAGE.split("## Plain words")

FORMS: list[type[Form]] = [
    *(PeopleFile, PersonForm, CommunitiesFile, CommunityForm, HubForm, EventForm, WindowForm),
    *(RotationsFile, RotationForm, LayerForm, OverrideForm, ShiftForm, UserGroupForm),
    *(SeveritiesFile, SeverityForm, ReadyModeForm, StepForm, TimeboxForm, AllHandsForm),
    *(RulesFile, RuleForm, ConditionForm, PhrasesForm, TimeForm, ThenForm),
    *(RecurrenceForm, PeriodForm, IncidentFile, KnownProblemsFile, ProblemForm, OpenIssueForm),
]


def files_in(page: str) -> dict[str, str]:
    """The examples of a page by the names in their first lines."""
    blocks = re.findall(r"```(?:yaml|markdown|ics)\n# (\S+)\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == len(re.findall(r"```(?:yaml|markdown|ics)\n", page))
    return dict(blocks)


@pytest.mark.parametrize("page", [SMALLEST, REST], ids=["the smallest folder", "the whole one"])
def test_the_examples_are_playbooks_without_fault(page: str) -> None:
    assert faults_of(files_in(page)) == []


@pytest.mark.parametrize("form", FORMS)
def test_the_examples_use_every_key(form: type[Form]) -> None:
    text = "\n".join(files_in(REST).values())
    for name, field in form.model_fields.items():
        # The page calls it the long form of two_at_a_time.
        key = "two_at_a_time" if name == "at_a_time" else field.alias or name
        assert re.search(rf"\b{key}:", text), f"no example of `{key}` of {form.__name__}"


@pytest.mark.parametrize("form", FORMS)
def test_every_key_is_described(form: type[Form]) -> None:
    for name, field in form.model_fields.items():
        key = field.alias or name
        assert re.search(rf"`{key}(: yes)?:?`", PAGE), f"`{key}` of {form.__name__} is missing"


def test_every_text_field_and_reserved_name_is_described() -> None:
    replies, issues, prompts = (p.split("\n\n")[0] for p in PAGE.split("Fields of ")[1:4])
    assert set(re.findall(r"`\{(\w+)\}`", replies)) == REPLY_FIELDS
    assert set(re.findall(r"`\{(\w+)\}`", issues)) == ISSUE_FIELDS
    assert set(re.findall(r"`\{(\w+)\}`", prompts)) == PROMPT_FIELDS
    for folder in TEMPLATES:
        assert all(f"`{folder}/{name}.md`" in PAGE for name in default_templates(folder))
    assert all(f"`{name}`" in PAGE for name in RESERVED)


def test_the_defaults_are_texts_without_fault() -> None:
    texts = {
        f"{folder}/{name}.md": text
        for folder in TEMPLATES
        for name, text in default_templates(folder).items()
    }
    assert set(texts)
    loaded_from({**files_in(SMALLEST), **texts})

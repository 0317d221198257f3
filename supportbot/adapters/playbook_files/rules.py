"""rules/*.yaml: what a message is taken for.

The first rule that hits decides, unless it continues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from supportbot.adapters.playbook_files import shapes, words
from supportbot.adapters.playbook_files.condition_forms import ConditionForm
from supportbot.adapters.playbook_files.conditions import Conditions
from supportbot.adapters.playbook_files.faults import Unreadable, quoted
from supportbot.adapters.playbook_files.filling import Filled
from supportbot.adapters.playbook_files.forms import (
    Channel,
    Form,
    GithubIssue,
    Name,
    Several,
    Text,
    Texts,
    YesNo,
)
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.adapters.playbook_files.targets import Targets
from supportbot.domain.triage.rule import ALWAYS, Consequence, Rule, Where

NO_REPLY = "none"
ASK_THE_TEST = "ask the test"
LONGEST_LABEL = 50


def read_incident(value: object) -> bool | Literal["ask"]:
    """Yes, no, or leaving it to the test."""
    said = words.text(value)
    return "ask" if said == ASK_THE_TEST else words.yes_no(said)


def read_label(value: object) -> str:
    """A label of an issue, as GitHub takes it (https://docs.github.com/rest/issues/labels)."""
    said = words.text(value)
    if len(said) > LONGEST_LABEL or "," in said:
        mend = f"{LONGEST_LABEL} characters at most, without a comma"
        raise Unreadable(f"{quoted(said)} cannot be a label", mend)
    return said


Label = Annotated[
    str,
    PlainValidator(read_label),
    shapes.pattern(
        "Label", "a label of an issue", rf"[^,]{{1,{LONGEST_LABEL}}}", also=("integer",)
    ),
]


class ThenForm(Form):
    severity: Name | None = Field(None, examples=["P3"], description="how bad it is")
    kind: Text | None = Field(None, description="what sort of request it is")
    incident: Annotated[
        bool | Literal["ask"] | None,
        PlainValidator(read_incident, json_schema_input_type=Literal["ask the test"] | YesNo),
    ] = Field(None, description="whether it is an incident; or ask the test")
    symptom: Text | None = Field(
        None,
        description="what fails: reach, login, start, run, compute, storage, or a word of yours",
    )
    labels: Several[Label] | None = Field(None, description="labels on the GitHub issue")
    owner: Name | None = Field(
        None, description="who of the first line: a rotation, a role or a person"
    )
    second_line: Name | None = Field(None, description="the same for the second line")
    ask: Texts | None = Field(None, description="questions to the reporter")
    reply: Name | None = Field(
        None, description="the text in replies/ that answers at once, or none"
    )
    approval: YesNo | None = Field(
        None,
        description="whether the representatives are asked before others of their community get it",
    )
    github_issue: GithubIssue | None = Field(
        None, description="when a public issue is opened, instead of what the severity says"
    )
    tell: Channel | None = Field(None, description="a channel that hears of it too")
    quarantine: YesNo = Field(
        False, description="it is noise: kept with the name of the rule, and no ticket"
    )


class RuleForm(Form):
    rule: Text = Field(examples=["people cannot log in"], description="its name, which people read")
    when: ConditionForm | None = Field(
        None, description="what it looks for; every message, if left out"
    )
    then: ThenForm = Field(examples=["{severity: P3}"], description="what follows")
    continue_: YesNo = Field(
        False,
        alias="continue",
        description="whether later rules are asked, too, and this one adds to what they decide",
    )


def by_place(value: object) -> object:
    """A list with its places; a list without some of its entries comes as that already."""
    if isinstance(value, dict) and all(isinstance(place, int) for place in value):
        return value
    if not isinstance(value, list):
        mend = "write each rule as an entry of its own: `- rule: …`"
        raise Unreadable("a list of rules is wanted here", mend)
    return dict(enumerate(value))


class RulesFile(Form):
    """The rules in the order in which they are asked; the first that hits decides."""

    rules: Annotated[dict[int, RuleForm], BeforeValidator(by_place)] = Field(
        examples=["[{rule: everything else, then: {severity: P3}}]"],
        description="each as an entry of its own",
    )


@dataclass(frozen=True, slots=True)
class RuleNames:
    """The names that consequences may use."""

    severities: NameSet
    targets: Targets
    replies: NameSet


def link_rules(
    file: Filled[RulesFile], names: RuleNames, conditions: Conditions
) -> list[tuple[Rule, At]]:
    """The rules of one file and their places, in its order."""
    places = [(one, file.at.to("rules", number)) for number, one in file.form.rules.items()]
    return [(_rule(one, names, conditions, place), place) for one, place in places]


def _rule(form: RuleForm, names: RuleNames, conditions: Conditions, at: At) -> Rule:
    when = ALWAYS if form.when is None else conditions.link(form.when, at.to("when"))
    if not form.then.model_fields_set:
        at.to("then").fault("this rule decides nothing", "add `severity: P3`, for example")
    elif form.when is None and form.then.quarantine:
        mend = "say in `when` what is noise"
        at.to("then", "quarantine").fault("every message would be kept in quarantine", mend)
    elif form.continue_ and form.then.quarantine:
        mend = "leave `continue` out: what is noise needs no further rule"
        at.to("continue").fault("a rule that puts into quarantine ends the search", mend)
    elif not form.continue_ and form.then.severity is None and not form.then.quarantine:
        mend = "add `severity: P3`; or `continue: yes`, so that later rules decide it"
        at.to("then").fault("this rule ends the search and sets no severity", mend)
    then = _consequence(form.then, names, at.to("then"))
    return Rule(form.rule, Where(at.document.file, at.line), when, then, goes_on=form.continue_)


def _consequence(form: ThenForm, names: RuleNames, at: At) -> Consequence:
    if form.severity:
        at.to("severity").knows("severity", form.severity, names.severities)
    if form.reply and form.reply != NO_REPLY:
        at.to("reply").knows("reply", form.reply, names.replies)
    names.targets.check_owner(form.owner, at.to("owner"))
    names.targets.check_owner(form.second_line, at.to("second_line"))
    return Consequence(
        severity=form.severity,
        kind=form.kind,
        incident=form.incident,
        symptom=form.symptom,
        labels=tuple(form.labels or ()),
        owner=form.owner,
        second_line=form.second_line,
        ask=tuple(form.ask or ()),
        reply=form.reply,
        approval=form.approval,
        github_issue=form.github_issue,
        tell=form.tell,
        quarantine=form.quarantine,
    )


def check_order(rules: list[tuple[Rule, At]]) -> None:
    """Note rules that never run, rules of one name, and a message that no rule might decide."""
    _find_doubles(rules)
    ends = [(rule, at) for rule, at in rules if rule.when == ALWAYS and not rule.goes_on]
    last, at = rules[-1]
    if not ends:
        message = "the last rule must take whatever the others leave"
        at.fault(message, "add after it `- {rule: everything else, then: {severity: P3}}`")
        return
    first_end, end_at = ends[0]
    if first_end is not last:
        message = f"it takes every message: those after it, to {quoted(last.name)}, never run"
        end_at.fault(message, "add `when:`, or put it last in the last file")


def _find_doubles(rules: list[tuple[Rule, At]]) -> None:
    seen: dict[str, Where] = {}
    for rule, at in rules:
        first = seen.setdefault(rule.name, rule.where)
        if first is not rule.where:
            message = f"a rule of this name is in {first.file}, line {first.line}"
            at.to("rule").fault(message, "give each rule its own name")

"""From the files to the playbooks: everything read, filled into forms, and linked by names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from supportbot.adapters.playbook_files.communities import (
    APPROVE_WITHIN,
    EVENT_NOTICE,
    CommunitiesFile,
    link_communities,
)
from supportbot.adapters.playbook_files.conditions import Conditions, Facts
from supportbot.adapters.playbook_files.documents import (
    COMMUNITIES,
    INCIDENT,
    KNOWN_PROBLEMS,
    PEOPLE,
    ROTATIONS,
    RULES,
    SEVERITIES,
    Documents,
)
from supportbot.adapters.playbook_files.faults import Fault, PlaybookFaults
from supportbot.adapters.playbook_files.filling import Filled
from supportbot.adapters.playbook_files.incident import IncidentFile, link_incident
from supportbot.adapters.playbook_files.known_problems import (
    KnownProblemsFile,
    link_known_problems,
)
from supportbot.adapters.playbook_files.layers import Sources
from supportbot.adapters.playbook_files.matcher import PatternBook, PatternRefused, Re2Matcher
from supportbot.adapters.playbook_files.people import (
    PeopleFile,
    leave_calendars,
    link_hours,
    link_people,
    link_roles,
)
from supportbot.adapters.playbook_files.place import Faults, NameSet
from supportbot.adapters.playbook_files.rotation_forms import RotationsFile
from supportbot.adapters.playbook_files.rotations import (
    link_drills,
    link_outlook,
    link_periods,
    link_rotations,
)
from supportbot.adapters.playbook_files.rules import RuleNames, RulesFile, check_order, link_rules
from supportbot.adapters.playbook_files.severities import (
    SeveritiesFile,
    link_lifts,
    link_ready_mode,
    link_severities,
)
from supportbot.adapters.playbook_files.source import DEFAULT_WORDS, PlaybookFiles
from supportbot.adapters.playbook_files.steps import StepNames
from supportbot.adapters.playbook_files.targets import Targets
from supportbot.adapters.playbook_files.templates import (
    ISSUES,
    PROMPTS,
    REPLIES,
    link_templates,
    template_names,
)
from supportbot.adapters.playbook_files.user_groups import link_user_groups
from supportbot.domain.on_call.absence import on_leave
from supportbot.domain.on_call.calendar_period import CalendarPeriod
from supportbot.domain.on_call.rotation import Rotation
from supportbot.domain.on_call.user_group import UserGroup
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.policy.playbook import Community, Person, Playbooks, Severity
from supportbot.domain.triage.known_problem import KnownProblem
from supportbot.domain.triage.rule import Rule


def parse(files: PlaybookFiles) -> Playbooks:
    """The playbooks that these files mean, whatever folder they once came from.

    Raises PlaybookFaults with all that is wrong in them.
    """
    faults = Faults()
    playbooks = _Loading(files, faults).playbooks()
    if faults.found:
        raise PlaybookFaults(faults.found)
    return playbooks


class _Loading:
    """Links file by file. After a fault it goes on with what there is, to find the others."""

    def __init__(self, files: PlaybookFiles, faults: Faults) -> None:
        self._files = files
        self._faults = faults
        self._documents = documents = Documents(files, faults)
        self._people_file = documents.fill(PeopleFile, PEOPLE)
        self._names = Targets(
            rotations=documents.keys(ROTATIONS, "rotations"),
            roles=documents.keys(PEOPLE, "roles", optional=True),
            people=documents.keys(PEOPLE, "people"),
        )

    def playbooks(self) -> Playbooks:
        book = PatternBook()
        problems = self._documents.keys(KNOWN_PROBLEMS, "known_problems", optional=True)
        rotations = self._documents.fill(RotationsFile, ROTATIONS)
        periods = link_periods(rotations) if rotations else {}
        conditions = Conditions(self._fact_names(), book, periods, problems)
        rules, every_rule = self._rules(conditions)
        known = self._known_problems(replace(conditions, problems=None))
        used = {rule.then.reply for rule in rules if rule.then.reply} if every_rule else None
        people, roles = self._people_and_roles()
        groups = self._user_groups(rotations, roles) if rotations else {}
        communities, event_notice, approve_within = self._communities()
        severities, ready_severities, lifts = self._severities(people, periods, groups)
        return Playbooks(
            version=self._files.version,
            commit=self._files.commit,
            people=people,
            communities=communities,
            event_notice=event_notice,
            approve_within=approve_within,
            rotations=self._rotations(rotations, people),
            user_groups=groups,
            tell_shift_changes=rotations.form.tell_shift_changes if rotations else False,
            ask_before_shift=rotations.form.ask_before_shift if rotations else False,
            outlook=link_outlook(rotations) if rotations else None,
            drills=link_drills(rotations) if rotations else None,
            roles=roles,
            severities=severities,
            ready_severities=ready_severities,
            lifts=lifts,
            rules=tuple(rules),
            replies=link_templates(REPLIES, self._files.files, used, self._faults),
            issues=link_templates(ISSUES, self._files.files, (), self._faults),
            prompts=link_templates(PROMPTS, self._files.files, (), self._faults),
            matcher=self._matcher(book),
            incident=link_incident(
                self._documents.fill(IncidentFile, INCIDENT), self._files.files.get(DEFAULT_WORDS)
            ),
            known_problems=known,
            looks_back=max(conditions.looks_back, default=None),
        )

    def _people_and_roles(self) -> tuple[dict[str, Person], dict[str, tuple[str, ...]]]:
        file = self._people_file
        if file is None:
            return {}, {}
        return link_people(file, self._files.files), link_roles(file, self._names.people)

    def _communities(self) -> tuple[dict[str, Community], timedelta, Delay]:
        file = self._documents.fill(CommunitiesFile, COMMUNITIES)
        if file is None:
            return {}, EVENT_NOTICE, APPROVE_WITHIN
        form, communities = file.form, link_communities(file, self._names.people)
        return communities, form.event_notice, form.approve_within

    def _rotations(
        self, file: Filled[RotationsFile] | None, people: dict[str, Person]
    ) -> dict[str, Rotation]:
        read = leave_calendars(self._people_file)
        sources = Sources(self._names.people, people, self._files.files, read)
        found = link_rotations(file, sources, self._names.roles) if file else {}
        away = {key: person.away for key, person in people.items() if person.away}
        return {name: on_leave(rotation, away) for name, rotation in found.items()}

    def _user_groups(
        self, file: Filled[RotationsFile], roles: Mapping[str, tuple[str, ...]]
    ) -> dict[str, UserGroup]:
        names, at = self._names, file.at.to("user_groups")
        return link_user_groups(file.form.user_groups, names.rotations, names.people, roles, at)

    def _severities(
        self,
        people: Mapping[str, Person],
        periods: Mapping[str, CalendarPeriod],
        groups: Mapping[str, UserGroup],
    ) -> tuple[dict[str, Severity], dict[str, Severity], dict[str, str]]:
        """The severities as usual, those that differ in ready mode, and those that are lifted."""
        file = self._documents.fill(SeveritiesFile, SEVERITIES)
        if file is None:
            return {}, {}, {}
        hours = link_hours(self._people_file, people)
        targets = replace(self._names, groups={key: one.id for key, one in groups.items()})
        names = StepNames(targets, hours, periods)
        severities = link_severities(file, names)
        ready = link_ready_mode(file, severities, names)
        return severities, ready, link_lifts(file, severities)

    def _known_problems(self, conditions: Conditions) -> dict[str, KnownProblem]:
        file = self._documents.fill(KnownProblemsFile, KNOWN_PROBLEMS)
        return link_known_problems(file, conditions) if file else {}

    def _rules(self, conditions: Conditions) -> tuple[list[Rule], bool]:
        """The rules of all files in their order, and whether none had to be left out."""
        names = self._rule_names()
        files = self._documents.rules()
        filled = [self._documents.fill(RulesFile, file) for file in files]
        found = [pair for file in filled if file for pair in link_rules(file, names, conditions)]
        every_rule = all(file and file.whole for file in filled)
        if found and every_rule:
            check_order(found)
        elif every_rule:
            mend = "add rules/10-rules.yaml with `rules: [{rule: everything else, then: {…}}]`"
            self._faults.add(Fault(f"{RULES}/", 1, 1, "there is no rule", mend))
        return [rule for rule, _ in found], every_rule

    def _fact_names(self) -> Facts:
        documents = self._documents
        communities = documents.keys(COMMUNITIES, "communities")
        return Facts(self._names.people, communities, documents.hubs(), documents.clusters())

    def _rule_names(self) -> RuleNames:
        severities = self._documents.keys(SEVERITIES, "severities")
        replies = frozenset(template_names(REPLIES, self._files.files))
        return RuleNames(severities, self._names, NameSet(replies))

    def _matcher(self, book: PatternBook) -> Re2Matcher:
        try:
            return book.matcher()
        except PatternRefused as error:
            self._faults.add(Fault(f"{RULES}/", 1, 1, error.message, error.mend))
            return Re2Matcher(())

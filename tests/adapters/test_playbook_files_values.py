"""What each key of the YAML means in the domain."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from supportbot.adapters.playbook_files.loader import parse
from supportbot.adapters.playbook_files.reviewing import placed
from supportbot.adapters.playbook_files.source import PlaybookFiles
from supportbot.domain.on_call.rotation import (
    HandOff,
    Layer,
    OneOffs,
    Override,
    Period,
    Shift,
    ShiftLayer,
    Window,
)
from supportbot.domain.on_call.working_time import Delay, WorkingHours
from supportbot.domain.planned import event_window
from supportbot.domain.planned.event_window import EventPlan
from supportbot.domain.policy.lint import findings
from supportbot.domain.policy.playbook import Hub, Playbooks, Timebox
from supportbot.domain.policy.step import Step, Target
from supportbot.domain.triage.rule import ALWAYS, All, AnyOf, Condition, Consequence, Is, Not, Text
from tests.adapters.playbook_files_base import BASE, faults_of, loaded, loaded_from, with_rule


def test_a_person_has_addresses_a_zone_and_hours() -> None:
    playbooks = loaded(
        people="people:\n"
        "  ines: {name: Inés, slack: U0INES, github: '@ines-f', mail: Ines@a.example,"
        " time_zone: Asia/Kolkata, hours: [Mon-Fri 09:30-18:00, Sat 09:00-12:00 UTC]}\n"
        "  tomasz: {slack: U0TOMASZ}\n"
        "roles: {manager: [tomasz, tomasz]}\n"
    )
    ines = playbooks.people["ines"]
    assert (ines.key, ines.name, ines.slack, ines.github) == ("ines", "Inés", "U0INES", "ines-f")
    assert (ines.mail, ines.zone) == ("Ines@a.example", "Asia/Kolkata")
    assert ines.hours == WorkingHours(
        (
            Window(frozenset(range(5)), time(9, 30), time(18), "Asia/Kolkata"),
            Window(frozenset({5}), time(9), time(12), "UTC"),
        )
    )
    assert playbooks.people["tomasz"].name == "Tomasz"
    assert playbooks.people["tomasz"].hours is None
    assert playbooks.roles == {"manager": ("tomasz",)}


def test_words_stay_words_whatever_they_look_like() -> None:
    playbooks = loaded(
        people="people:\n  no: {name: 10:30, slack: U0NO}\n  ines: {slack: U0INES, name: 0x1F}\n"
        "  tomasz: {slack: U0TOMASZ, name: ~}\n"
    )
    assert [person.name for person in playbooks.people.values()] == ["10:30", "0x1F", "~"]


def test_a_community_has_people_addresses_and_hubs() -> None:
    playbooks = loaded(
        communities="communities:\n"
        "  northfield:\n"
        "    name: Northfield University\n"
        "    representatives: mara\n"
        "    mail_domains: ['@Northfield.example']\n"
        "    slack_channels: '#Northfield-Support'\n"
        "    hubs: {prod: {url: 'https://Hub.northfield.example:8443/x', cluster: north-1}}\n"
        "    time_zone: America/Toronto\n"
    )
    community = playbooks.communities["northfield"]
    assert (community.name, community.zone) == ("Northfield University", "America/Toronto")
    assert community.representatives == ("mara",)
    assert community.mail_domains == ("northfield.example",)
    assert community.slack_channels == ("#northfield-support",)
    url = "https://Hub.northfield.example:8443/x"
    hub = Hub("prod", "northfield", "hub.northfield.example", url, "north-1")
    assert community.hubs == {"prod": hub}
    assert playbooks.hub("northfield/prod") == hub
    assert playbooks.hubs()["hub.northfield.example"] == hub


def test_an_event_is_on_by_the_clocks_of_its_community() -> None:
    files = {**BASE, "communities.yaml": BASE["communities.yaml"] + (
        "    events:\n"
        "      - {name: exam, hub: lab, from: 2026-12-07T09:00, to: 2026-12-07T12:00,"
        " people: 270, ready_mode: yes}\n"
    )}  # fmt: skip
    lakeside = loaded_from(files).communities["lakeside"]
    nine = datetime(2026, 12, 7, 9, tzinfo=UTC)
    event = EventPlan(
        name="exam",
        community="lakeside",
        hub="lab",
        windows=(event_window.Window(nine, nine + timedelta(hours=3)),),
        people=270,
        ready_mode=True,
        freeze=True,
    )
    assert lakeside.events == (event,)
    wrong = {**files, "communities.yaml": files["communities.yaml"].replace("270", "many")}
    assert len(faults_of(wrong)) == 1


ZONES = {
    "Asia/Kolkata": "03:30",  # half an hour
    "Asia/Kathmandu": "03:15",  # three quarters
    "Australia/Adelaide": "22:30",  # half an hour, in summer
    "America/St_Johns": "12:30",  # half an hour, behind
}


@pytest.mark.parametrize("zone", ZONES)
def test_an_event_has_several_windows_on_the_clocks_of_its_own_zone(zone: str) -> None:
    (event,) = loaded(communities="event_notice: 14 days\ncommunities:\n  n:\n"
        "    hubs: {p: {url: 'https://h.example', cluster: c}}\n"
        "    time_zone: Europe/Berlin\n"
        "    events:\n"
        f"      - {{name: week, hub: p, time_zone: {zone}, engineers: [tomasz, ines],\n"
        "         from: 2026-12-08T09:00, to: 2026-12-08T12:00, freeze: yes, windows: [\n"
        "         {from: 2026-12-10T09:00, to: 2026-12-10T12:00},\n"
        "         {from: 2026-12-09T09:00, to: 2026-12-09T12:00}]}\n"
    ).communities["n"].events  # fmt: skip
    days = ["2026-12-07"] * 3 if ZONES[zone] == "22:30" else ["2026-12-08"] * 3
    first = datetime.fromisoformat(f"{days[0]}T{ZONES[zone]}+00:00")
    assert [w.start for w in event.windows] == [first + timedelta(days=n) for n in range(3)]
    assert (event.zone, event.engineers) == (zone, ("tomasz", "ines"))
    assert (event.freeze, event.ready_mode) == (True, False)
    assert event.when.startswith(f"Tuesday 2026-12-08 09:00 {zone} to Tuesday 2026-12-08 12:00")


def test_how_early_one_wants_to_know_of_an_event_is_three_weeks_or_as_said() -> None:
    assert loaded().event_notice == timedelta(days=21)
    assert loaded(communities="event_notice: 1 week\ncommunities: {n: {}}").event_notice == (
        timedelta(days=7)
    )


def test_ready_mode_has_terms_of_its_own_and_otherwise_the_usual_ones() -> None:
    playbooks = loaded(
        severities="severities:\n"
        "  P1: {means: bad, next_update: 2 hours, escalate: [page: first-line],\n"
        "    in_ready_mode: {first_answer: 10 minutes, escalate: [page: [first-line, manager]]}}\n"
        "  P2: {means: not, escalate: [notify: first-line], in_ready_mode: {severity: P1}}\n"
    )
    assert playbooks.lifts == {"P2": "P1"}
    usual, ready = playbooks.severities["P1"], playbooks.ready_severities["P1"]
    assert playbooks.ready_severities.keys() == {"P1"}
    assert (usual.first_answer, ready.first_answer) == (None, Delay(timedelta(minutes=10)))
    assert (usual.next_update, ready.next_update) == (timedelta(hours=2), timedelta(hours=2))
    assert [target.name for target in ready.steps[0].targets] == ["first-line", "manager"]


def turns(playbooks: Playbooks, name: str = "first-line") -> list[Layer]:
    """The layers of a rotation in which people take turns."""
    return [layer for layer in playbooks.rotations[name].layers if isinstance(layer, Layer)]


def test_a_simple_rotation_is_one_layer() -> None:
    (layer,) = turns(loaded())
    assert (layer.name, layer.people) == ("first-line", ("ines", "tomasz"))
    assert (layer.swap, layer.hand_off) == (Period(1, "week"), HandOff(0, time(9), "UTC"))
    assert (layer.at_a_time, layer.overlapping, layer.hours) == (1, False, ())
    assert layer.anchor == date(2024, 1, 1)


def test_two_at_a_time_overlap_and_turns_start_on_a_day() -> None:
    playbooks = loaded(
        rotations="rotations:\n  first-line: {people: [ines, tomasz], two_at_a_time: yes,"
        " swap_every: 2 weeks, hand_off: Monday 09:00 UTC, starts: 2026-01-05}\n"
    )
    (layer,) = turns(playbooks)
    assert (layer.at_a_time, layer.overlapping, layer.anchor) == (2, True, date(2026, 1, 5))


def test_one_person_alone_needs_no_hand_off() -> None:
    rotations = loaded(rotations="rotations: {first-line: {people: ines}}").rotations
    assert rotations["first-line"].layers[0].people == ("ines",)


LAYERS = """\
rotations:
  first-line:
    layers:
      - {name: day, people: ines, hand_off: 09:00 Europe/Berlin, swap_every: 10 days,
         hours: Mon-Fri 08:00-17:00}
      - {name: night, people: tomasz}
    overrides:
      - {from: 2026-12-24T00:00, to: 2026-12-27T00:00, time_zone: Europe/Berlin, replace: ines,
         with: mara, reason: holiday}
      - {from: "2026-12-24T00:00Z", to: "2026-12-27T00:00Z", add: ines}
      - {from: "2026-12-24T00:00Z", to: "2026-12-27T00:00Z", remove: mara}
"""


def test_layers_and_overrides_are_those_of_the_domain() -> None:
    people = BASE["people.yaml"].replace("{mail: mara", "{slack: U0MARA, mail: mara")
    playbooks = loaded(people=people, rotations=LAYERS)
    rotation, (day, night) = playbooks.rotations["first-line"], turns(playbooks)
    assert day.hours == (Window(frozenset(range(5)), time(8), time(17), "Europe/Berlin"),)
    assert day.hand_off == HandOff(None, time(9), "Europe/Berlin")
    assert (day.swap, night.hours) == (Period(10, "day"), ())
    start, end = datetime(2026, 12, 24, tzinfo=UTC), datetime(2026, 12, 27, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert rotation.overrides == (
        Override(start - hour, end - hour, "ines", "mara", "holiday"),
        Override(start, end, None, "ines"),
        Override(start, end, "mara", None),
    )


def test_a_rotation_that_follows_another_has_its_people_some_turns_later() -> None:
    text = (
        "rotations:\n"
        "  third-line: {follows: first-line, after: 2 turns}\n"
        "  second-line: {follows: first-line}\n"
        "  first-line: {people: [ines, [tomasz, mara], tomasz], swap_every: 12 hours,"
        " hand_off: 08:00 UTC}\n"
    )
    playbooks = loaded(rotations=text)
    assert list(playbooks.rotations) == ["third-line", "second-line", "first-line"]
    ((first,), (second,), (third,)) = (
        turns(playbooks, name) for name in ("first-line", "second-line", "third-line")
    )
    assert first.people == ("ines", "tomasz", "mara")
    assert first.teams == (("ines",), ("tomasz", "mara"), ("tomasz",))
    assert second.teams == (("tomasz",), ("ines",), ("tomasz", "mara"))
    assert third.teams == (("tomasz", "mara"), ("tomasz",), ("ines",))
    assert third.follows == "2 turns after first-line"


def test_shifts_one_by_one_are_a_layer_and_shadows_are_no_members() -> None:
    text = (
        "rotations:\n"
        "  first-line:\n"
        "    time_zone: Europe/Berlin\n"
        "    shifts:\n"
        "      - {person: tomasz, from: 2026-12-08T09:00, to: 2026-12-08T18:00, reason: talks}\n"
        "      - {person: ines, from: 2026-12-07T09:00, to: 2026-12-07T18:00, time_zone: UTC}\n"
        "    shadows: [{name: newcomers, people: mara}]\n"
        "    overrides: [{from: 2026-12-08T10:00Z, to: 2026-12-08T11:00Z, remove: mara}]\n"
    )
    rotation = loaded(rotations=text).rotations["first-line"]
    day, hour = datetime(2026, 12, 7, tzinfo=UTC), timedelta(hours=1)
    shifts = (
        Shift("ines", day + 9 * hour, day + 18 * hour),
        Shift("tomasz", day + 32 * hour, day + 41 * hour, "talks"),
    )
    expected = ShiftLayer("first-line", OneOffs(shifts), ("ines", "tomasz"), "Europe/Berlin")
    assert rotation.layers == (expected,)
    assert rotation.members() == {"ines", "tomasz"}
    assert [layer.people for layer in rotation.shadows] == [("mara",)]
    assert len(rotation.overrides) == 1


SEVERITIES = """\
severities:
  P1:
    means: it is bad
    first_answer: 30 minutes
    next_update: every 2 hours
    acknowledge_again_after: 2 hours
    timebox: {work: 30 minutes, ask_at: 25 minutes, extend_once: 15 minutes}
    close_after_silence: 3 days
    reopen_within: 1 week
    escalate:
      - page: first-line
      - {page: [manager, tomasz, owner, "#Ops"], after: 20 minutes, repeat: 3, every: 5 minutes,
         if_nobody: hold, if_late: drop}
      - {notify: manager, after: 24 working hours}
  P2:
    means: it is not
    timebox: {work: 1 hour}
    escalate: [page: first-line]
"""


def test_a_severity_says_what_is_owed() -> None:
    severities = loaded(severities=SEVERITIES).severities
    first = severities["P1"]
    assert (first.key, first.rank, first.means) == ("P1", 0, "it is bad")
    assert first.first_answer == Delay(timedelta(minutes=30))
    assert first.next_update == first.acknowledge_again_after == timedelta(hours=2)
    minutes = [timedelta(minutes=n) for n in (30, 25, 15)]
    assert first.timebox == Timebox(*minutes)
    assert first.close_after_silence == Delay(timedelta(days=3))
    assert first.reopen_within == timedelta(days=7)


def test_a_policy_says_who_hears_of_it_and_when() -> None:
    one, two, three = loaded(severities=SEVERITIES).severities["P1"].steps
    assert one == Step((Target("rotation", "first-line"),))
    targets = (
        Target("role", "manager"),
        Target("person", "tomasz"),
        Target("owner", "owner"),
        Target("channel", "#ops"),
    )
    assert two == Step(
        targets,
        after=Delay(timedelta(minutes=20)),
        repeat=3,
        every=timedelta(minutes=5),
        when_empty="hold",
        if_late="drop",
    )
    assert (three.page, three.after) == (False, Delay(timedelta(hours=24), "working"))


def test_what_a_severity_does_not_say_is_what_most_teams_want() -> None:
    first, second = loaded(severities=SEVERITIES).severities.values()
    assert (first.github_issue, second.github_issue) == ("on_open", "on_second_line")
    assert (first.wake_people, second.wake_people) == (True, False)
    assert second.close_after_silence == Delay(timedelta(hours=48), "working")
    assert second.reopen_within == timedelta(days=14)
    assert (second.first_answer, second.next_update) == (None, None)
    minutes = [timedelta(minutes=n) for n in (60, 50, 30)]
    assert second.timebox == Timebox(*minutes)
    assert first.steps[0].every == timedelta(minutes=10)


def condition(when: str) -> Condition:
    return loaded(rules=with_rule(f"when: {when}", "then: {severity: P1}")).rules[0].when


CONDITIONS: list[tuple[str, Condition]] = [
    ("{text: x}", Text("text", ("x",), (0,))),
    ("{subject: [x, y]}", Text("subject", ("x", "y"), (0, 1))),
    ("{body: {any_of: [x, X]}}", Text("body", ("x", "X"), (0, 0))),
    ("{text: {matches: 'x+'}}", Text("text", ("/x+/",), (0,))),
    ("{text: {all_of: [x, y]}}", All((Text("text", ("x",), (0,)), Text("text", ("y",), (1,))))),
    ("{source: slack}", Is("source", frozenset({"slack"}))),
    ("{channel: ['#Help', C0123456]}", Is("channel", frozenset({"#help", "C0123456"}))),
    ("{community: northfield}", Is("community", frozenset({"northfield"}))),
    ("{hub: [northfield/prod, lab]}", Is("hub", frozenset({"northfield/prod", "lakeside/lab"}))),
    ("{cluster: north-1}", Is("cluster", frozenset({"north-1"}))),
    ("{sender: stranger}", Is("sender_kind", frozenset({"stranger"}))),
    ("{sender: representative}", Is("sender_kind", frozenset({"representative"}))),
    ("{sender: known}", Is("sender_kind", frozenset({"known", "representative", "team"}))),
    ("{sender: ines}", Is("person", frozenset({"ines"}))),
    ("{sender: A.example}", Is("mail_domain", frozenset({"a.example"}))),
    ("{sender: '@a.example'}", Is("mail_domain", frozenset({"a.example"}))),
    ("{sender: Bob@a.example}", Is("mail", frozenset({"bob@a.example"}))),
    (
        "{sender: [team, ines]}",
        AnyOf((Is("sender_kind", frozenset({"team"})), Is("person", frozenset({"ines"})))),
    ),
    (
        "{text: x, source: mail, not: {text: y}}",
        All(
            (
                Text("text", ("x",), (0,)),
                Is("source", frozenset({"mail"})),
                Not(Text("text", ("y",), (1,))),
            )
        ),
    ),
    (
        "{any: [{text: x}, {all: [{text: y}, {source: mail}]}]}",
        AnyOf(
            (
                Text("text", ("x",), (0,)),
                All((Text("text", ("y",), (1,)), Is("source", frozenset({"mail"})))),
            )
        ),
    ),
]


@pytest.mark.parametrize(("when", "meaning"), CONDITIONS)
def test_a_condition_means_what_it_says(when: str, meaning: Condition) -> None:
    assert condition(when) == meaning


def test_a_consequence_says_what_is_decided() -> None:
    then = (
        "then: {severity: P1, kind: outage, incident: yes, symptom: login, labels: [a, b],"
        " owner: tomasz, second_line: manager, ask: Since when?, reply: none,"
        " github_issue: never, tell: '#ops'}"
    )
    rule, last = loaded(rules=with_rule("when: {text: x}", then)).rules
    assert rule.then == Consequence(
        severity="P1",
        kind="outage",
        incident=True,
        symptom="login",
        labels=("a", "b"),
        owner="tomasz",
        second_line="manager",
        ask=("Since when?",),
        reply="none",
        github_issue="never",
        tell="#ops",
    )
    assert (last.when, last.then) == (ALWAYS, Consequence(severity="P2"))


def test_a_rule_may_go_on_and_leave_the_incident_to_the_test() -> None:
    then = "then: {symptom: login, incident: ask the test}"
    rule, last = loaded(rules=with_rule("when: {text: x}", then, "continue: yes")).rules
    assert (rule.goes_on, last.goes_on, rule.then.incident) == (True, False, "ask")


def test_the_smallest_folder_is_people_severities_and_one_rule() -> None:
    playbooks = loaded_from(
        {
            "people.yaml": "people: {ines: {slack: U0INES}}",
            "severities.yaml": "severities: {P1: {means: bad, escalate: [page: ines]}}",
            "rules/1.yaml": "rules: [{rule: all, then: {severity: P1, owner: ines}}]",
        }
    )
    assert playbooks.team() == {"ines"}
    assert set(playbooks.prompts) == {"event_week", "event_day", "event_over"}
    assert set(playbooks.replies) == {
        "acknowledged",
        "answer",
        "approved",
        "chase",
        "declined",
        "event_accepted",
        "event_declined",
        "handed_over",
        "merged",
        "receipt",
        "resolved",
    }
    assert set(playbooks.issues) == {"incident"}


def test_a_text_of_ones_own_replaces_the_default_or_adds_to_them() -> None:
    rules = with_rule("when: {text: x}", "then: {severity: P1, reply: soon}")
    files = {
        **BASE,
        "rules/10-rules.yaml": rules,
        "replies/receipt.txt": "Hello {reference}",
        "replies/soon.md": "Soon: {reference}",
    }
    replies = loaded_from(files).replies
    assert (replies["receipt"], replies["soon"]) == ("Hello {reference}", "Soon: {reference}")
    assert replies["answer"] == loaded().replies["answer"]


def test_whoever_a_step_or_a_rule_names_may_work_tickets() -> None:
    files = {
        "people.yaml": "people: {a: {slack: U0A}, b: {slack: U0B}, c: {slack: U0C}, d: {}}",
        "severities.yaml": "severities: {P1: {means: bad, escalate: [page: a]}}",
        "rules/1.yaml": "rules: [{rule: all, then: {severity: P1, owner: b, second_line: c}}]",
    }
    assert loaded_from(files).team() == {"a", "b", "c"}


def test_waits_put_off_the_steps_below_them_and_have_no_number() -> None:
    steps = steps_of(
        "[page: ines, wait: 10 minutes, {page: ines, after: 5 minutes}, wait: 1 hour, page: ines]"
    )
    assert [step.after.length for step in steps] == [
        timedelta(0),
        timedelta(minutes=15),
        timedelta(minutes=70),
    ]


def test_working_time_of_somebody_is_kept_with_their_hours() -> None:
    people = (
        "people: {ines: {hours: Mon-Fri 08:00-16:00 UTC}, tomasz: {}, mara: {}}\n"
        "roles: {manager: ines}\nteam_hours: Mon-Sun 06:00-22:00 UTC\n"
    )
    one, two = steps_of(
        "[{page: ines, after: 2 working hours of ines},"
        " {page: ines, after: 4 working hours of the team}]",
        people=people,
    )
    hours = [step.after.hours.windows[0] for step in (one, two) if step.after.hours]
    assert [(w.start, w.end, len(w.weekdays)) for w in hours] == [
        (time(8), time(16), 5),
        (time(6), time(22), 7),
    ]


def test_times_of_a_step_are_hours_or_a_period_by_its_name() -> None:
    rotations = BASE["rotations.yaml"] + "periods: {winter: {every_year: 12-18 to 01-03}}\n"
    (step,) = steps_of(
        "[{page: ines, only_outside: winter,"
        " only_within: [Sat 08:00-10:00 UTC, Sun 08:00-09:00 UTC]}]",
        rotations=rotations,
    )
    assert step.only_outside is not None
    assert step.only_within is not None
    assert (step.only_outside.said, len(step.only_outside.period.days)) == ("winter", 1)
    assert step.only_within.said == "Sat 08:00-10:00 UTC, Sun 08:00-09:00 UTC"
    assert len(step.only_within.period.windows) == 2


def test_groups_are_named_by_handle_or_id_and_services_by_their_names() -> None:
    rotations = BASE["rotations.yaml"] + (
        "user_groups: {ops: {id: S0OPS, follows: first-line, if_nobody: ines}}\n"
    )
    (step,) = steps_of('[page: ["@ops", "@S0OTHER", "webhook:night-pager"]]', rotations=rotations)
    assert step.targets == (
        Target("group", "ops", address="S0OPS"),
        Target("group", "S0OTHER", address="S0OTHER"),
        Target("webhook", "night-pager"),
    )


def test_a_finding_in_a_step_below_a_wait_is_told_at_its_line() -> None:
    files = PlaybookFiles.of(
        {
            **BASE,
            "severities.yaml": "severities:\n  P1:\n    escalate:\n      - page: ines\n"
            "      - wait: 5 minutes\n      - page: ghost\n  P2: {escalate: [notify: ines]}\n",
            "people.yaml": BASE["people.yaml"].replace("people:\n", "people:\n  ghost: {}\n"),
        }
    )
    (found,) = (f for f in placed(findings(parse(files)), files) if "step 2 of P1" in f.message)
    assert (found.file, found.line) == ("severities.yaml", 6)


def steps_of(escalate: str, **files: str) -> tuple[Step, ...]:
    text = f"severities:\n  P1:\n    escalate: {escalate}\n  P2: {{escalate: [notify: ines]}}\n"
    return loaded(severities=text, **files).severities["P1"].steps

"""Why a ticket is as it is can be computed again, whatever became of the playbooks."""

from __future__ import annotations

from datetime import timedelta

from supportbot.application.explain import explain_ticket
from tests.scenarios import stories
from tests.scenarios.stories import OUTAGE, Story


def test_after_an_edit_an_old_ticket_is_explained_by_the_playbooks_it_was_judged_by(
    story: Story,
) -> None:
    story.writes("rita", OUTAGE)
    before = story.stage.bot.context.shelf.current.version
    rules = "rules: [{rule: all is urgent, then: {severity: P2}}]\n"
    stories.edit(story.policy, "rules/10-rules.yaml", rules)
    story.keeps_house()
    story.human("rolf").say("#dune", "We cannot log in")
    story.moment()

    old, new = (explain_ticket(story.stage.bot.context, number) for number in (1, 2))
    assert (old["decision"]["rule"], new["decision"]["rule"]) == (
        "nobody can log in",
        "all is urgent",
    )
    assert (old["playbooks"], old["matches"]) == (before, True)
    assert (new["playbooks"] != before, new["matches"]) == (True, True)


def test_an_explanation_outlives_a_restart_with_other_playbooks(story: Story) -> None:
    story.writes("rita", OUTAGE)
    story.bot_stops()
    people = (story.policy / "people.yaml").read_text().replace("Ana Sola", "Ana Maria Sola")
    stories.edit(story.policy, "people.yaml", people)
    story.bot_starts()

    explained = explain_ticket(story.stage.bot.context, 1)
    assert explained["matches"]
    assert explained["owners"]["first_line"][0]["person"] == "ana"


def test_a_record_that_was_changed_no_longer_matches(story: Story) -> None:
    story.writes("rita", OUTAGE)
    ((data,),) = story.sql("SELECT data FROM decisions")
    changed = str(data).replace('"severity":"P1"', '"severity":"P3"')
    story.sql("UPDATE decisions SET data = :data", data=changed)
    assert not explain_ticket(story.stage.bot.context, 1)["matches"]
    story.sql("UPDATE decisions SET data = :data", data=str(data))


RECURRING = """\
rules:
  - rule: it keeps coming back
    when: {recurrence: {times: 3, within: 7 days, symptom: login}}
    then: {labels: recurring}
    continue: yes
  - rule: beside another incident
    when: {text: slow, open_incident: hub}
    then: {severity: P1, symptom: run}
  - rule: nobody can log in
    when: {text: cannot log in}
    then: {symptom: login, incident: yes, severity: P1, labels: outage}
  - rule: everything else
    then: {severity: P3}
"""


def test_what_was_open_and_what_recurred_then_is_kept_with_the_decision(story: Story) -> None:
    stories.edit(story.policy, "rules/10-rules.yaml", RECURRING)
    story.keeps_house()
    for _ in range(3):
        story.writes("rita", OUTAGE)
        story.passes(timedelta(hours=1))
    story.writes("rita", "https://hub.reef.example is slow")
    for number in range(1, 5):
        story.sql("UPDATE tickets SET state = 'closed' WHERE number = :number", number=number)

    told = [explain_ticket(story.stage.bot.context, number) for number in range(1, 5)]
    assert [one["decision"]["labels"] for one in told[:3]] == [
        ["outage"],
        ["outage"],
        ["recurring", "outage"],
    ]
    assert told[3]["decision"]["rule"] == "beside another incident"
    assert all(one["matches"] for one in told)

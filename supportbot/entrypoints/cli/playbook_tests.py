"""`supportbot test`: the playbooks' own tests, and which rules none of them tries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from supportbot.application.expectations import Case, Result, judge, keys, reasons
from supportbot.application.ports import InboxRow, Quarantined
from supportbot.application.rule_cover import RuleCover, Untried, rule_cover
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.decision import RuleVerdict
from supportbot.domain.triage.message import InboundMessage
from supportbot.domain.triage.rule import Rule
from supportbot.entrypoints.cli.arguments import as_json as json_option
from supportbot.entrypoints.cli.faults import BadInput, faulty
from supportbot.entrypoints.cli.junit import Outcome, junit_xml
from supportbot.entrypoints.cli.output import print_json, print_text, shown
from supportbot.entrypoints.cli.playbooks import (
    folder_or_setting,
    load_playbooks,
    playbooks_option,
)

_LONGEST_LINE = 160


@click.command(short_help="Run the playbooks' own tests.")
@click.argument("only", metavar="[FILTER]...", nargs=-1)
@playbooks_option
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the results there too, as JUnit XML.",
)
@json_option
@click.pass_context
def test(
    ctx: click.Context,
    only: tuple[str, ...],
    folder: Path | None,
    junit: Path | None,
    as_json: bool,
) -> None:
    """Judge the messages in the playbooks' folder tests/, and compare with what is expected.

    With FILTER, only tests in whose name or place (tests/outages.yaml:12) one of these texts
    stands. The status is 1 when one fails. Needs no database, network or credentials.
    """
    where = folder_or_setting(folder)
    playbooks = load_playbooks(where)
    results = [_result(case, playbooks) for case in _chosen(_cases(where, playbooks), only)]
    # What a part of the tests leaves out says nothing.
    cover = None if only else rule_cover(results, playbooks)
    if junit:
        _write(junit, junit_xml([_outcome(result, playbooks) for result in results]))
    if as_json:
        print_json(_json(results, cover, playbooks))
    else:
        print_text("\n".join(_lines(results, cover, playbooks)))
    if not all(result.passed for result in results):
        ctx.exit(1)


def _cases(folder: Path, playbooks: Playbooks) -> tuple[Case, ...]:
    from supportbot.adapters.playbook_files.faults import PlaybookFaults
    from supportbot.adapters.playbook_files.tests import read_cases

    try:
        cases = read_cases(folder, playbooks, keys(playbooks))
    except PlaybookFaults as error:
        raise faulty(error) from None
    if not cases:
        mend = 'write some, such as `- {message: {text: "…"}, at: …Z, expect: {severity: P1}}`'
        raise BadInput(f"there are no tests in {folder / 'tests'}: {mend}.")
    return cases


def _chosen(cases: Sequence[Case], only: Sequence[str]) -> list[Case]:
    wanted = [text.casefold() for text in only]
    chosen = [case for case in cases if not only or any(w in _label(case) for w in wanted)]
    if not chosen:
        raise BadInput(f"no test has {' or '.join(map(repr, only))} in its name or place.")
    return chosen


def _label(case: Case) -> str:
    return f"{case.where.file}:{case.where.line} {case.name}".casefold()


def _result(case: Case, playbooks: Playbooks) -> Result:
    if isinstance(case.message, InboundMessage):
        return judge(case, case.message, playbooks, case.at or case.message.at)
    message, at, quarantined = _mail(case, case.message)
    return judge(case, message, playbooks, at, quarantined=quarantined)


def _mail(case: Case, raw: bytes) -> tuple[InboundMessage, datetime, str | None]:
    """A mail as the desk would read it, when, and why it would go into quarantine, if so."""
    from supportbot.adapters.mail.reader import MailReader
    from supportbot.adapters.mail.reading import read_mail

    place = f"{case.where.file}:{case.where.line}"
    at = case.at or read_mail(raw).date
    if at is None:
        raise BadInput(f"{place}: the mail has no date: add `at: 2026-11-24T14:05Z`.")
    row = InboxRow(0, "", "mail", "", at, 1, raw)
    reader = MailReader("", _keep_nothing)
    found, reason = reader.read(row), None
    if isinstance(found, Quarantined):
        reason = found.reason
        found = reader.read(replace(row, released=True))
    if not isinstance(found, InboundMessage):
        raise BadInput(f"{place}: the mail is no message that can be judged.")
    return found, at, reason


def _keep_nothing(sha256: str, content: bytes) -> None:
    """Judging a message leaves no trace of it."""


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror or error}.") from None


def _lines(
    results: Sequence[Result], cover: RuleCover | None, playbooks: Playbooks
) -> Iterator[str]:
    for result in results:
        if not result.passed:
            outcome = _outcome(result, playbooks)
            yield f"FAILED {outcome.file}:{outcome.line}  {outcome.name}"
            yield from (f"    {line}" for line in (*outcome.failures, *outcome.why))
    failed = sum(not result.passed for result in results)
    ran = f"{len(results)} tests" if len(results) > 1 else "1 test"
    yield f"{ran}, {failed} failed." if failed else f"{ran}, all passed."
    if cover:
        yield from _cover_lines(cover)


def _cover_lines(cover: RuleCover) -> Iterator[str]:
    hit = cover.rules - len(cover.never_hit)
    true = cover.conditions - len(cover.never_true)
    yield f"{hit} of {cover.rules} rules hit, {true} of {cover.conditions} conditions true in some."
    for rule in cover.never_hit:
        yield f"  never hit: {_place(rule)}"
    unhit = {rule.name for rule in cover.never_hit}
    for untried in cover.never_true:
        if untried.rule.name not in unhit:
            yield _cut(
                f"  never true: {_place(untried.rule)}, {untried.condition} {untried.expected}"
            )


def _outcome(result: Result, playbooks: Playbooks) -> Outcome:
    case = result.case
    failures = (
        f"{d.key}: expected {' or '.join(map(shown, d.expected))}, got {d.got}"
        for d in result.differences
    )
    why = () if result.passed else tuple(map(_why, reasons(result, playbooks)))
    return Outcome(case.where.file, case.where.line, case.name, tuple(failures), why)


def _why(verdict: RuleVerdict) -> str:
    """What the rule saw; of one that was expected to hit, what it did not see."""
    if not verdict.hit:
        missed = (f"{v.condition} {v.expected}" for v in verdict.conditions if not v.hit)
        return _cut(f"did not hit: {_place(verdict.rule)}, which wants {'; '.join(missed)}")
    saw = "; ".join(f"{v.condition}: {v.seen}" for v in verdict.conditions if v.hit)
    return _cut(f"because of {_place(verdict.rule)}" + (f", which saw {saw}" if saw else ""))


def _place(rule: Rule) -> str:
    return f"“{rule.name}” ({rule.where.file}:{rule.where.line})"


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"


def _json(
    results: Sequence[Result], cover: RuleCover | None, playbooks: Playbooks
) -> dict[str, Any]:
    failed = sum(not result.passed for result in results)
    return {
        "playbooks": playbooks.version,
        "tests": len(results),
        "failed": failed,
        "results": [_result_json(result, playbooks) for result in results],
        "cover": _cover_json(cover) if cover else None,
    }


def _result_json(result: Result, playbooks: Playbooks) -> dict[str, Any]:
    why = () if result.passed else reasons(result, playbooks)
    return {
        "name": result.case.name,
        "file": result.case.where.file,
        "line": result.case.where.line,
        "passed": result.passed,
        "differences": [
            {"key": d.key, "expected": list(d.expected), "got": d.got} for d in result.differences
        ],
        "rules": [{**_rule_json(v.rule), "hit": v.hit, "why": _why(v)} for v in why],
    }


def _cover_json(cover: RuleCover) -> dict[str, Any]:
    return {
        "rules": cover.rules,
        "never_hit": [_rule_json(rule) for rule in cover.never_hit],
        "conditions": cover.conditions,
        "never_true": [_untried_json(untried) for untried in cover.never_true],
    }


def _untried_json(untried: Untried) -> dict[str, Any]:
    seen = {"condition": untried.condition, "expected": untried.expected}
    return {**_rule_json(untried.rule), **seen}


def _rule_json(rule: Rule) -> dict[str, Any]:
    return {"rule": rule.name, "file": rule.where.file, "line": rule.where.line}

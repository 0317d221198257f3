"""A proposed rota as JSON, and as tables with the YAML that makes it so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from supportbot.application.proposing import RotationProposal
from supportbot.domain.fairness.proposal import Assigned, LayerProposal, PersonPlan, Plan
from supportbot.domain.fairness.quarter import Quarter
from supportbot.domain.on_call.rota import zone_of
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.policy.playbook import Playbooks
from supportbot.entrypoints.cli.output import Json, table

_TURNS = ("FROM", "UNTIL", "WHO", "INSTEAD OF", "WHY")
_PEOPLE = (
    "PERSON",
    "TURNS",
    "WEEKEND DAYS",
    "HOLIDAYS",
    "INTERRUPTED BEFORE",
    "NIGHTS BEFORE",
    "EXPECTED",
)


def proposal_json(
    quarter: Quarter, found: Sequence[RotationProposal], playbooks: Playbooks
) -> Json:
    return {
        "quarter": str(quarter),
        "from": quarter.start.isoformat(),
        "to": quarter.end.isoformat(),
        "rotations": [
            {
                "rotation": one.rotation,
                "layers": [_layer_json(layer) for layer in one.layers],
                "overrides": [
                    {
                        "from": override.start.isoformat(),
                        "to": override.end.isoformat(),
                        "replace": override.replace,
                        "with": override.with_,
                        "reason": override.reason,
                    }
                    for override in one.overrides
                ],
                "yaml": "\n".join(_yaml(one, playbooks)),
            }
            for one in found
        ],
    }


def _layer_json(layer: LayerProposal) -> Json:
    return {
        "layer": layer.layer,
        "left": layer.left or None,
        "changes": sum(one.is_changed for one in layer.assigned),
        "turns": [
            {
                "from": one.stint.since.isoformat(),
                "until": one.stint.until.isoformat(),
                "usual": one.stint.usual,
                "person": one.person,
                "reason": one.reason or None,
            }
            for one in layer.assigned
        ],
        "people": [_person_json(one) for one in layer.people],
    }


def _person_json(one: PersonPlan) -> Json:
    return {
        "person": one.person,
        "interruptions_before": one.past.interruptions,
        "nights_before": one.past.nights,
        "usual": _plan_json(one.usual),
        "proposed": _plan_json(one.proposed),
    }


def _plan_json(plan: Plan) -> Json:
    return {
        "turns": plan.turns,
        "weekend_days": plan.weekend_days,
        "holidays": plan.holidays,
        "expected_interruptions": round(plan.expected, 2),
    }


def proposal_text(quarter: Quarter, found: Sequence[RotationProposal], playbooks: Playbooks) -> str:
    if not found:
        return "In none of the rotations people take turns."
    return "\n\n".join(part for one in found for part in _rotation_text(quarter, one, playbooks))


def _rotation_text(quarter: Quarter, one: RotationProposal, playbooks: Playbooks) -> Iterator[str]:
    zone = zone_of(playbooks.rotations[one.rotation])
    for layer in one.layers:
        yield from _layer_text(quarter, one.rotation, layer, zone, playbooks)
    if one.overrides:
        yield "\n".join(["In rotations.yaml:", "", *_yaml(one, playbooks)])


def _layer_text(
    quarter: Quarter, rotation: str, layer: LayerProposal, zone: str, playbooks: Playbooks
) -> Iterator[str]:
    name = rotation if layer.layer == rotation else f"{rotation}, {layer.layer}"
    if layer.left:
        yield f"{name}, {quarter}: left as it is, since {layer.left}."
        return
    changes = sum(one.is_changed for one in layer.assigned)
    turns = "1 turn" if len(layer.assigned) == 1 else f"{len(layer.assigned)} turns"
    changed = f"{changes or 'none'} of {turns} otherwise than usual"
    yield f"{name}, {quarter}: {changed}; times of {zone}."
    yield table([_TURNS, *(_turn_row(one, zone, playbooks) for one in layer.assigned)])
    yield table([_PEOPLE, *(_person_row(one, playbooks) for one in layer.people)])


def _turn_row(one: Assigned, zone: str, playbooks: Playbooks) -> tuple[str, ...]:
    usual = playbooks.people[one.stint.usual].name if one.is_changed else ""
    times = (_clock(spoken(at, zone), zone) for at in (one.stint.since, one.stint.until))
    return (*times, playbooks.people[one.person].name, usual, one.reason)


def _clock(said: str, zone: str) -> str:
    """`Mon 2027-01-04 09:00`: the zone is the same in every row."""
    weekday, rest = said.removesuffix(f" {zone}").split(" ", 1)
    return f"{weekday[:3]} {rest}"


def _person_row(one: PersonPlan, playbooks: Playbooks) -> tuple[str, ...]:
    usual, proposed = one.usual, one.proposed
    pairs = (
        (str(usual.turns), str(proposed.turns)),
        (str(usual.weekend_days), str(proposed.weekend_days)),
        (str(usual.holidays), str(proposed.holidays)),
    )
    expected = (f"{usual.expected:.1f}", f"{proposed.expected:.1f}")
    return (
        playbooks.people[one.person].name,
        *(_change(*pair) for pair in pairs),
        str(one.past.interruptions),
        str(one.past.nights),
        _change(*expected),
    )


def _change(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def _yaml(one: RotationProposal, playbooks: Playbooks) -> list[str]:
    """The end of the rotation as it has to be."""
    from supportbot.adapters.playbook_files.override_text import items

    if not one.overrides:
        return []
    zone = zone_of(playbooks.rotations[one.rotation])
    return [f"  {one.rotation}:", "    overrides:", *items(one.overrides, zone, "      ")]

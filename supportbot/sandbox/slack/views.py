"""The methods views.* and what else changes a view."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from supportbot.sandbox.slack.block_kit import check_view
from supportbot.sandbox.slack.call import Call
from supportbot.sandbox.slack.chat import with_ids
from supportbot.sandbox.slack.errors import Refused
from supportbot.sandbox.slack.model import Json, View
from supportbot.sandbox.slack.workspace import Workspace


def open_modal(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/views.open"""
    payload = _payload(call, "modal")
    external_id = payload.get("external_id")
    if external_id and any(v.body["external_id"] == external_id for v in _open(call)):
        raise Refused("duplicate_external_id")
    user = call.interactivity.exchange(call.text("trigger_id"))
    return {"view": new_view(call.workspace, user, payload).body}


def update(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/views.update"""
    view = _named(call)
    if call.maybe("hash") not in (None, view.body["hash"]):
        raise Refused("hash_conflict")
    return {"view": change_view(call.workspace, view, _payload(call, view.type)).body}


def publish(call: Call) -> Json:
    """https://docs.slack.dev/reference/methods/views.publish"""
    user = call.workspace.person(call.text("user_id"))
    payload = _payload(call, "home")
    homes = (v for v in call.workspace.views.values() if v.type == "home" and v.user == user.id)
    known = next(homes, None)
    if known is None:
        return {"view": new_view(call.workspace, user.id, payload).body}
    return {"view": change_view(call.workspace, known, payload).body}


def new_view(workspace: Workspace, user: str, payload: Json, parent: View | None = None) -> View:
    """Show a checked view to a user; `parent` is the one it is pushed on top of."""
    view_id = workspace.new_id("V")
    root = parent.body["root_view_id"] if parent else view_id
    stack = {"root_view_id": root, "previous_view_id": parent.id if parent else None}
    body = _body(workspace, payload, {"id": view_id, **stack})
    return workspace.keep_view(View(view_id, payload["type"], user, body))


def change_view(workspace: Workspace, view: View, payload: Json) -> View:
    """Replace what a view shows, by a checked one; its id and place in the stack stay."""
    kept = {name: view.body[name] for name in ("id", "root_view_id", "previous_view_id")}
    return workspace.keep_view(replace(view, body=_body(workspace, payload, kept)))


def _payload(call: Call, kind: str) -> Json:
    payload: Any = call.structure("view", "invalid_arguments")
    check_view(payload)
    if payload["type"] != kind:
        raise Refused("invalid_arguments", messages=[f"must be a {kind} [json-pointer:/view/type]"])
    return dict(payload)


def _named(call: Call) -> View:
    view_id, external_id = call.maybe("view_id"), call.maybe("external_id")
    for view in _open(call):
        if view.id == view_id or (external_id and view.body["external_id"] == external_id):
            return view
    raise Refused("not_found")


def _open(call: Call) -> list[View]:
    return [view for view in call.workspace.views.values() if view.is_open]


def _body(workspace: Workspace, payload: Json, identity: Json) -> Json:
    return {
        "team_id": workspace.team_id,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "close": None,
        "submit": None,
        **payload,
        **identity,
        "blocks": list(with_ids(payload["blocks"])),
        "state": {"values": {}},
        "hash": f"{workspace.next_ts().split('.')[0]}.{workspace.new_id('h')}",
    }

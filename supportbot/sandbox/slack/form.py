"""What Slack's own client makes of a person filling in a form: `view.state.values`.

It raises ValueError for what that client would not let a person send, so that a story cannot fill
in a field that is not there, or leave out one that has to be filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from supportbot.sandbox.slack.block_kit import interactive_elements
from supportbot.sandbox.slack.model import Json

_ONE = {
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
}
_OPTION = ("static_select", "radio_buttons", "overflow")
_OPTIONS = ("multi_static_select", "checkboxes")


def filled(blocks: tuple[Json, ...], values: Mapping[str, Any]) -> Json:
    """The state of a form after a person entered `values`.

    Args:
        blocks: the view's blocks.
        values: by block id or action id. Text for a text field; the option's value for a menu or
            radio buttons; a list of such for checkboxes and multi-menus; an id, date or time for
            the pickers. What is not named keeps its initial value.

    Raises:
        ValueError: a field or option that is not there, a required field left empty, a text that is
            too short or too long.
    """
    left = set(values)
    state: Json = {}
    for block, element in _fields(blocks):
        named = next((n for n in (element["action_id"], block["block_id"]) if n in values), None)
        left.discard(named or "")
        entered = _entered(element, None if named is None else values[named], block["block_id"])
        if block["type"] == "input" and not block.get("optional") and _is_empty(entered):
            raise ValueError(f"{block['block_id']}: please complete this required field")
        state.setdefault(block["block_id"], {})[element["action_id"]] = entered
    if left:
        raise ValueError(f"the form has no field {', '.join(sorted(left))}; it has {list(state)}")
    return state


def chosen(element: Json, value: Any) -> Json:
    """What an element reports once a person picked `value`: the part of an action, or of a state.

    Raises:
        ValueError: there is no such option.
    """
    kind = element["type"]
    if kind in _ONE:
        return {_ONE[kind][0]: value}
    if kind in _OPTION:
        return {"selected_option": None if value is None else _option(element, value)}
    if kind in _OPTIONS:
        return {"selected_options": [_option(element, each) for each in value or ()]}
    return {"value": value}


def _fields(blocks: tuple[Json, ...]) -> Iterator[tuple[Json, Json]]:
    for block in blocks:
        for element in interactive_elements(block):
            if element["type"] != "button":
                yield block, element


def _entered(element: Json, value: Any, where: str) -> Json:
    if value is None:
        return {"type": element["type"], **_initial(element)}
    if element["type"] == "plain_text_input":
        _check_length(element, value, where)
    return {"type": element["type"], **chosen(element, value)}


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in _ONE:
        name, initial = _ONE[kind]
        return {name: element.get(initial)}
    if kind in _OPTION:
        return {"selected_option": element.get("initial_option")}
    if kind in _OPTIONS:
        return {"selected_options": element.get("initial_options", [])}
    return {"value": element.get("initial_value")}


def _check_length(element: Json, value: Any, where: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{where}: a text field takes a string")
    if not element.get("min_length", 0) <= len(value) <= element.get("max_length", 3000):
        raise ValueError(f"{where}: the text is too short or too long for the field")


def _option(element: Json, value: Any) -> Json:
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    for group in groups:
        for option in group["options"]:
            if option["value"] == value:
                return dict(option)
    raise ValueError(f"{element['action_id']} has no option {value!r}")


def _is_empty(entered: Json) -> bool:
    return all(value in (None, "", []) for name, value in entered.items() if name != "type")

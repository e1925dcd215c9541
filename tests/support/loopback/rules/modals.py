"""Modals: titles, labels and what may stand in them."""

from typing import Any

from tests.support.loopback.model import walk
from tests.support.loopback.rules import components as rules
from tests.support.loopback.rules.form import FormErrors, Path

IN_LABEL = rules.SELECTS | {rules.TEXT_INPUT, rules.UPLOAD, rules.RADIO, rules.CHECKBOXES, rules.CHECKBOX}


def check_modal(data: dict[str, Any]) -> None:
    """Check the data of a modal that answers an interaction."""
    form = FormErrors()
    form.length(("data", "title"), data.get("title"), 45, 1, required=True)
    form.length(("data", "custom_id"), data.get("custom_id"), 100, 1, required=True)
    path: Path = ("data", "components")
    for index, component in enumerate(form.count(path, data.get("components"), 5, 1)):
        _check_part(component, form, (*path, index))
    rules.check_unique(walk(data.get("components")), form, path)
    form.raise_if_any()


def _check_part(component: dict[str, Any], form: FormErrors, path: Path) -> None:
    kind = component.get("type")
    if kind == rules.LABEL:
        form.length((*path, "label"), component.get("label"), 45, 1, required=True)
        form.length((*path, "description"), component.get("description"), 100)
        inner = component.get("component")
        if not isinstance(inner, dict) or inner.get("type") not in IN_LABEL:
            form.add((*path, "component"), "BASE_TYPE_REQUIRED", "A label holds one input")
            return
        check_input(inner, form, (*path, "component"))
    elif kind == rules.ROW:
        inputs = form.count((*path, "components"), component.get("components"), 1, 1)
        for index, item in enumerate(inputs):
            inner_path: Path = (*path, "components", index)
            form.length((*inner_path, "label"), item.get("label"), 45, 1, required=True)
            check_input(item, form, inner_path)
    elif kind == rules.TEXT_DISPLAY:
        form.length((*path, "content"), component.get("content"), rules.MAX_DISPLAYED, 1, required=True)
    else:
        form.add((*path, "type"), "BASE_TYPE_CHOICES", "A modal holds labels, text displays or text inputs")


def check_input(item: dict[str, Any], form: FormErrors, path: Path) -> None:
    """Check one input of a modal."""
    kind = item.get("type")
    form.length((*path, "custom_id"), item.get("custom_id"), 100, 1, required=True)
    if kind == rules.TEXT_INPUT:
        form.number((*path, "style"), item.get("style") or 0, 1, 2)
        form.number((*path, "min_length"), item.get("min_length"), 0, 4000)
        form.number((*path, "max_length"), item.get("max_length"), 1, 4000)
        form.length((*path, "placeholder"), item.get("placeholder"), 100)
        form.length((*path, "value"), item.get("value"), item.get("max_length") or 4000)
    elif kind in rules.SELECTS:
        rules.check_select(item, form, path)
    elif kind == rules.RADIO:
        rules.check_options(item, form, path, most=10, least=2)
    elif kind == rules.CHECKBOXES:
        # Without bounds a checkbox group takes any number of its options.
        bounded = {"max_values": len(item.get("options") or []) or None} | item
        rules.check_options(bounded, form, path, most=10)
    elif kind == rules.UPLOAD:
        form.number((*path, "min_values"), item.get("min_values"), 0, 10)
        form.number((*path, "max_values"), item.get("max_values"), 1, 10)

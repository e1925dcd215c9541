"""Buttons, selects and Components V2.

https://discord.com/developers/docs/components/reference
"""

from typing import Any

from tests.support.loopback.model import walk
from tests.support.loopback.rules.form import FormErrors, Path

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = frozenset({3, 5, 6, 7, 8})
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 17, 18, 19, 21, 22, 23
LINK, PREMIUM = 5, 6

MAX_COMPONENTS = 40
MAX_DISPLAYED = 4000

IN_CONTAINER = frozenset({ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR})
TOP_LEVEL = IN_CONTAINER | {CONTAINER}


def displayed_characters(components: Any) -> int:
    """Return how many characters the text displays show together."""
    return sum(len(str(c.get("content") or "")) for c in walk(components) if c.get("type") == TEXT_DISPLAY)


def check_components(components: Any, *, v2: bool, form: FormErrors, path: Path = ("components",)) -> None:
    """Check a message's components, all levels of them."""
    items = form.count(path, components, MAX_COMPONENTS if v2 else 5)
    for index, component in enumerate(items):
        allowed = TOP_LEVEL if v2 else frozenset({ROW})
        _check(component, allowed, form, (*path, index))
    everything = walk(components)
    if v2:
        if len(everything) > MAX_COMPONENTS:
            form.add(
                path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"{len(everything)} of {MAX_COMPONENTS}"
            )
        shown = displayed_characters(components)
        if shown > MAX_DISPLAYED:
            message = f"Displayable text of {shown} exceeds {MAX_DISPLAYED}"
            form.add(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
    check_unique(everything, form, path)


def check_unique(everything: list[dict[str, Any]], form: FormErrors, path: Path) -> None:
    """Check that no custom_id and no numeric id comes twice."""
    for key, code in (("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"), ("id", "COMPONENT_ID_DUPLICATED")):
        given = [component[key] for component in everything if component.get(key)]
        for value in {value for value in given if given.count(value) > 1}:
            form.add(path, code, f"Component {key} {value!r} cannot be duplicated")


def _check(component: Any, allowed: frozenset[int], form: FormErrors, path: Path) -> None:
    kind = component.get("type") if isinstance(component, dict) else None
    if kind not in allowed:
        message = f"Value of field type must be one of {sorted(allowed)}."
        form.add((*path, "type"), "BASE_TYPE_CHOICES", message)
        return
    form.number((*path, "id"), component.get("id"), 0, 2**31 - 1)
    if kind == ROW:
        _check_row(component, form, path)
    elif kind == SECTION:
        _check_section(component, form, path)
    elif kind == TEXT_DISPLAY:
        form.length((*path, "content"), component.get("content"), MAX_DISPLAYED, 1, required=True)
    elif kind == GALLERY:
        items = form.count((*path, "items"), component.get("items"), 10, 1)
        for index, item in enumerate(items):
            _check_media(item, "media", form, (*path, "items", index))
    elif kind == FILE:
        _check_media(component, "file", form, path)
    elif kind == SEPARATOR:
        form.number((*path, "spacing"), component.get("spacing"), 1, 2)
    elif kind == CONTAINER:
        form.number((*path, "accent_color"), component.get("accent_color"), 0, 0xFFFFFF)
        children = form.count((*path, "components"), component.get("components"), MAX_COMPONENTS, 1)
        for index, child in enumerate(children):
            _check(child, IN_CONTAINER, form, (*path, "components", index))


def _check_row(row: dict[str, Any], form: FormErrors, path: Path) -> None:
    children = form.count((*path, "components"), row.get("components"), 5, 1)
    kinds = [child.get("type") for child in children if isinstance(child, dict)]
    if any(kind in SELECTS for kind in kinds) and len(children) > 1:
        form.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A select fills its row")
    for index, child in enumerate(children):
        inner: Path = (*path, "components", index)
        kind = child.get("type") if isinstance(child, dict) else None
        if kind == BUTTON:
            check_button(child, form, inner)
        elif kind in SELECTS:
            check_select(child, form, inner)
        else:
            form.add((*inner, "type"), "BASE_TYPE_CHOICES", "A row holds buttons or one select")


def _check_section(section: dict[str, Any], form: FormErrors, path: Path) -> None:
    texts = form.count((*path, "components"), section.get("components"), 3, 1)
    for index, child in enumerate(texts):
        _check(child, frozenset({TEXT_DISPLAY}), form, (*path, "components", index))
    accessory = section.get("accessory")
    kind = accessory.get("type") if isinstance(accessory, dict) else None
    if kind == BUTTON:
        assert accessory is not None
        check_button(accessory, form, (*path, "accessory"))
    elif kind == THUMBNAIL:
        assert accessory is not None
        _check_media(accessory, "media", form, (*path, "accessory"))
    else:
        form.add((*path, "accessory"), "BASE_TYPE_REQUIRED", "A section needs a button or a thumbnail")


def _check_media(item: Any, key: str, form: FormErrors, path: Path) -> None:
    media = item.get(key) if isinstance(item, dict) else None
    url = media.get("url") if isinstance(media, dict) else None
    form.length((*path, key, "url"), url, 2048, 1, required=True)
    if isinstance(url, str) and not url.startswith(("https://", "http://", "attachment://")):
        form.add((*path, key, "url"), "URL_TYPE_INVALID_SCHEME", f'Scheme of "{url}" must be http or https.')
    if isinstance(item, dict):
        form.length((*path, "description"), item.get("description"), 1024)


def check_button(button: dict[str, Any], form: FormErrors, path: Path) -> None:
    """Check a button: what each style needs and forbids."""
    style = button.get("style")
    form.number((*path, "style"), 0 if style is None else style, 1, 6)
    form.length((*path, "label"), button.get("label"), 80)
    if style == LINK:
        form.length((*path, "url"), button.get("url"), 512, 1, required=True)
        url = button.get("url")
        if isinstance(url, str) and not url.startswith(("https://", "http://", "discord://")):
            form.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", f'Scheme of "{url}" must be http or https.')
        if button.get("custom_id"):
            form.add((*path, "custom_id"), "BUTTON_COMPONENT_INVALID", "A link button has no custom_id")
    elif style != PREMIUM:
        form.length((*path, "custom_id"), button.get("custom_id"), 100, 1, required=True)
        if button.get("url"):
            form.add((*path, "url"), "BUTTON_COMPONENT_INVALID", "Only a link button has a URL")
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        form.add(path, "BUTTON_COMPONENT_INVALID", "A button needs a label or an emoji")


def check_select(select: dict[str, Any], form: FormErrors, path: Path) -> None:
    """Check a select of any kind."""
    form.length((*path, "custom_id"), select.get("custom_id"), 100, 1, required=True)
    form.length((*path, "placeholder"), select.get("placeholder"), 150)
    form.number((*path, "min_values"), select.get("min_values"), 0, 25)
    form.number((*path, "max_values"), select.get("max_values"), 1, 25)
    if select.get("type") == STRING_SELECT:
        check_options(select, form, path, most=25)


def check_options(holder: dict[str, Any], form: FormErrors, path: Path, *, most: int, least: int = 1) -> None:
    """Check the options of a select, radio group or checkbox group, and its bounds."""
    options = form.count((*path, "options"), holder.get("options"), most, least)
    values: list[Any] = []
    for index, option in enumerate(options):
        inner: Path = (*path, "options", index)
        if not isinstance(option, dict):
            form.add(inner, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            continue
        form.length((*inner, "label"), option.get("label"), 100, 1, required=True)
        form.length((*inner, "value"), option.get("value"), 100, 1, required=True)
        form.length((*inner, "description"), option.get("description"), 100)
        if option.get("value") in values:
            message = "The specified option value is already used"
            form.add((*inner, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        values.append(option.get("value"))
    chosen = sum(bool(option.get("default")) for option in options if isinstance(option, dict))
    top = holder.get("max_values") or 1
    if chosen > top:
        form.add((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", f"{chosen} of {top}")
    if isinstance(top, int) and (top > len(options) or (holder.get("min_values") or 0) > top):
        form.add((*path, "max_values"), "SELECT_COMPONENT_MAX_VALUES_INVALID", "More than there are options")

"""Messages: lengths, embeds, and what Components V2 forbids beside itself."""

from typing import Any

from tests.support.loopback import errors
from tests.support.loopback.model import COMPONENTS_V2
from tests.support.loopback.rules.components import check_components
from tests.support.loopback.rules.form import FormErrors, Path

MAX_CONTENT = 2000
MAX_EMBEDS_TOTAL = 6000


def check_message(body: dict[str, Any], *, files: int = 0, path: Path = ()) -> None:
    """Check the body of a new message."""
    form = FormErrors()
    flags = body.get("flags") or 0
    _check_parts(body, v2=bool(flags & COMPONENTS_V2), form=form, path=path)
    if body.get("enforce_nonce") or body.get("nonce") is not None:
        _check_nonce(body.get("nonce"), form)
    form.raise_if_any()
    if not files and not any(
        body.get(key) for key in ("content", "embeds", "components", "sticker_ids", "poll")
    ):
        if body.get("message_reference") and (body["message_reference"].get("type") == 1):
            return
        raise errors.refused(50006, "Cannot send an empty message")


def check_edit(body: dict[str, Any], *, was_v2: bool, had: dict[str, Any], path: Path = ()) -> None:
    """Check an edit against what the message has already."""
    form = FormErrors()
    v2 = was_v2 or bool((body.get("flags") or 0) & COMPONENTS_V2)
    merged = {key: body.get(key, had.get(key)) for key in ("content", "embeds", "components")}
    _check_parts(merged, v2=v2, form=form, path=path)
    form.raise_if_any()


def _check_parts(body: dict[str, Any], *, v2: bool, form: FormErrors, path: Path) -> None:
    form.length((*path, "content"), body.get("content"), MAX_CONTENT)
    _check_embeds(body.get("embeds"), form, (*path, "embeds"))
    check_components(body.get("components"), v2=v2, form=form, path=(*path, "components"))
    if v2:
        for key in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(key):
                message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                form.add((*path, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def _check_nonce(nonce: Any, form: FormErrors) -> None:
    if isinstance(nonce, str):
        form.length(("nonce",), nonce, 25)
    elif nonce is not None and not isinstance(nonce, int):
        form.add(("nonce",), "NONCE_TYPE_INVALID", "Must be an integer or a string")


def _check_embeds(embeds: Any, form: FormErrors, path: Path) -> None:
    total = 0
    for index, embed in enumerate(form.count(path, embeds, 10)):
        inner: Path = (*path, index)
        if not isinstance(embed, dict):
            form.add(inner, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            continue
        total += _check_embed(embed, form, inner)
    if total > MAX_EMBEDS_TOTAL:
        message = f"Embed size exceeds maximum size of {MAX_EMBEDS_TOTAL}"
        form.add(path, "MAX_EMBED_SIZE_EXCEEDED", message)


def _check_embed(embed: dict[str, Any], form: FormErrors, path: Path) -> int:
    footer = (embed.get("footer") or {}).get("text")
    author = (embed.get("author") or {}).get("name")
    texts = [
        (("title",), embed.get("title"), 256, 0),
        (("description",), embed.get("description"), 4096, 0),
        (("footer", "text"), footer, 2048, 0),
        (("author", "name"), author, 256, 0),
    ]
    fields = form.count((*path, "fields"), embed.get("fields"), 25)
    for index, field in enumerate(fields):
        for key, most in (("name", 256), ("value", 1024)):
            texts.append((("fields", str(index), key), field.get(key), most, 1))
    for where, value, most, least in texts:
        form.length((*path, *where), value, most, least, required=bool(least))
    for key in ("url", "thumbnail", "image"):
        value = embed.get(key)
        url = value.get("url") if isinstance(value, dict) else value
        if url and not str(url).startswith(("https://", "http://", "attachment://")):
            form.add((*path, key), "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    return sum(len(str(value)) for _, value, _, _ in texts if value)

"""Forms that are refused: they can be opened again, with what was typed in them."""

from typing import Any

import simcord

from bot.refused import KEPT, Refused
from tests.cogs.buddies import JOINED, open_club
from tests.cogs.everything import form_ids
from tests.cogs.test_permissions import FORMS, MEMBERS, REFUSED
from tests.cogs.test_quiz_setup import FORM, own, setup
from tests.cogs.world import World, click, nodes, said
from tests.support.clock import FakeClock

WRONG = {"question": "Which metric?", "options": "Recall\nAccuracy", "level": ["3"]}


async def again(who: simcord.MemberActor, refused: simcord.InteractionResult) -> simcord.InteractionResult:
    """Press the button of a refusal."""
    told = refused.followups[-1] if refused.followups else refused.response
    assert told is not None
    assert told.ephemeral
    return await who.click(told, label="Try again")


def filled(opened: simcord.InteractionResult) -> dict[str, Any]:
    """Return what stands in a form that was opened."""
    assert opened.modal is not None
    found: dict[str, Any] = {}
    for label in opened.modal["components"]:
        field = label["component"]
        if "options" in field:
            found[field["custom_id"]] = [each["value"] for each in field["options"] if each.get("default")]
        elif "default_values" in field:
            found[field["custom_id"]] = [int(each["id"]) for each in field["default_values"]]
        else:
            found[field["custom_id"]] = field.get("value")
    return found


async def test_a_question_that_is_refused_need_not_be_typed_again(world: World) -> None:
    form = await click(world.mod, await setup(world), "Add a question")
    refused = await world.mod.submit_modal(form, FORM | WRONG)
    assert "no right answer" in said(refused)
    opened = await again(world.mod, refused)
    assert filled(opened) == FORM | WRONG
    done = await world.mod.submit_modal(opened, FORM)
    assert "Added as question 1" in said(done)
    # What was taken is not offered once more.
    assert filled(await world.press("again:own:new"))["question"] is None


async def test_a_question_that_is_changed(world: World) -> None:
    form = await click(world.mod, await setup(world), "Add a question")
    form = await click(world.mod, await world.mod.submit_modal(form, FORM), "Edit")
    cleared = WRONG | {"explanation": "", "reference": ""}
    refused = await world.mod.submit_modal(form, cleared)
    opened = await again(world.mod, refused)
    assert filled(opened) == cleared | {"explanation": None, "reference": None}
    assert "Changed" in said(await world.mod.submit_modal(opened, FORM | {"question": "Which?"}))
    assert (await own(world).get(world.guild.id, 1)).prompt == "Which?"


async def test_the_form_of_the_question_of_the_day(world: World) -> None:
    form = await click(world.mod, await setup(world), "Set it up")
    typed = {"channel": [world.papers], "time": "25:00", "zone": "UTC", "days": "Mon", "level": ["2"]}
    opened = await again(world.mod, await world.mod.submit_modal(form, typed))
    assert filled(opened) == typed | {"channel": [world.papers.id]}


async def test_the_forms_of_feeds(world: World) -> None:
    await world.make()
    form = await world.press("feed:open:when:1")
    typed = {"time": "25:00", "zone": "Paris", "days": "monday", "limit": "99", "then": "preview"}
    opened = await again(world.mod, await world.mod.submit_modal(form, typed))
    assert filled(opened) == typed | {"then": ["preview"]}
    done = await world.mod.submit_modal(opened, typed | {"time": "9:00", "limit": "5", "then": "save"})
    assert "→ Europe/Paris" in said(done)


async def test_the_forms_of_study_buddies(world: World) -> None:
    form = await click(world.mod, await world.mod.slash(world.lounge, "setup buddies"), "Time and zone")
    typed = {"time": "6 pm", "zone": "Nowhere"}
    opened = await again(world.mod, await world.mod.submit_modal(form, typed))
    assert filled(opened) == typed


async def test_joining_with_a_zone_that_nobody_knows(world: World) -> None:
    await open_club(world)
    typed = JOINED | {"zone": "Nowhere", "hours": ["8"], "languages": ["de", "en"]}
    refused = await world.member.submit_modal(await world.member.slash(world.lounge, "buddy join"), typed)
    opened = await again(world.member, refused)
    now = filled(opened)
    assert now.pop("languages") == ["en", "de"]
    assert now == {name: value for name, value in typed.items() if name != "languages"}
    done = await world.member.submit_modal(opened, typed | {"zone": "Berlin"})
    assert "Choose a skill or two" in said(done)


async def test_what_was_typed_is_kept_for_a_while_and_the_button_works_for_ever(world: World) -> None:
    form = await click(world.mod, await setup(world), "Add a question")
    refused = await world.mod.submit_modal(form, FORM | WRONG)
    await world.restart()
    opened = await again(world.mod, refused)
    assert filled(opened)["question"] is None
    refused = await world.mod.submit_modal(opened, FORM | WRONG)
    await world.advance(hours=1)
    await world.app.run_due()
    assert not world.app.bot.refused._kept  # nobody has to ask for it
    assert filled(await again(world.mod, refused))["question"] is None


async def test_deleting_everything_takes_what_was_typed_along(world: World) -> None:
    form = await click(world.mod, await setup(world), "Add a question")
    refused = await world.mod.submit_modal(form, FORM | WRONG)
    await world.press(f"me:delete:{world.mod.id}")
    assert filled(await again(world.mod, refused))["question"] is None


async def test_whoever_may_not_open_a_form_may_not_open_it_again(world: World) -> None:
    for custom_id in form_ids():
        area = next(area for start, area in FORMS.items() if custom_id.startswith(start))
        if area not in MEMBERS:
            assert REFUSED in said(await world.press(f"again:{custom_id}", world.member)), custom_id


async def test_what_nothing_typed_would_change_offers_no_second_try(world: World) -> None:
    await world.make()
    form = await world.press("feed:open:when:1")
    await world.feed("remove", feed="1")
    values = {"time": "18:00", "zone": "UTC", "days": "Friday", "limit": "5", "then": "save"}
    told = await world.mod.submit_modal(form, values)
    assert "There is no feed 1" in said(told)
    assert not [node for node in nodes(told.followups[-1]) if node["type"] == 2]
    assert not world.app.bot.refused._kept


def test_the_button_of_the_longest_form_fits_into_an_id_of_discord() -> None:
    slug = "x" * 60  # the longest id of a question that the schema takes
    assert all(len(f"again:{each}") <= 100 for each in [*form_ids(), f"quiz:reported:{slug}"])


async def test_a_form_that_is_no_more(world: World) -> None:
    assert "older version" in said(await world.press("again:what:was"))


def test_of_many_refused_forms_the_last_are_kept() -> None:
    clock = FakeClock()
    refused = Refused(clock)
    for member in range(300):
        refused.keep(member, 1, "a", {"x": str(member)})
    assert refused.of(99, 1, "a") == {}
    assert refused.of(100, 1, "a") == {"x": "100"}
    assert refused.of(100, 2, "a") == refused.of(100, 1, "b") == {}
    refused.forget(100)
    assert refused.of(100, 1, "a") == {}
    clock.advance(seconds=KEPT.total_seconds() - 1)
    refused.keep(101, 1, "a", {"x": "later"})
    clock.advance(seconds=1)
    assert refused.of(101, 1, "a") == {"x": "later"}
    assert refused.of(102, 1, "a") == {}

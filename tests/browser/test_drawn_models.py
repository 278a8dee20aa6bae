"""The drawing of a model by pointer and keys, and attention that plays: in a real JupyterLab."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)  # milliseconds: a machine may be busy
SAID = "([section, word]) => section.querySelector('.course-said').textContent.includes(word)"


def says(tab, section, word):
    tab.wait_for_function(SAID, arg=[section.element_handle(), word])


def test_a_box_opens_by_click_and_keys_and_leads_to_its_view(lab, tab):
    calls = ['explore("architecture", network="swin", box=2)', 'explore("shift_mask")']
    lab.write("drawn.ipynb", "from utils.explorers import explore", *calls)
    lab.run(tab, "drawn.ipynb")
    section = tab.locator(".course-architecture")
    boxes = section.locator("[role=radio]")
    expect(boxes).to_have_count(11)
    boxes.nth(2).click()
    says(tab, section, "Box 3 of 11, stages.0.blocks.1 (SwinBlock)")
    expect(section.locator("[aria-checked=true]")).to_have_attribute("data-box", "3")
    expect(section.locator(".network-read")).to_have_count(1)
    boxes.nth(2).press("ArrowRight")
    says(tab, section, "stages.0.merging")
    boxes.nth(3).press("ArrowUp")
    says(tab, section, "stages.0.blocks.1")
    expect(section.locator("[data-box='3']")).to_be_focused()
    boxes.nth(2).press("Enter")
    code = section.locator("pre")
    expect(code).to_be_visible()
    expect(code).to_contain_text("# (1, 16, 16, 32)")
    section.get_by_role("button", name='explore("attention")').click()
    expect(section.locator("[role=status]")).to_contain_text("run explore")
    section.get_by_role("button", name='explore("shift_mask")').click()
    tab.wait_for_function(
        "s => { const { top } = s.getBoundingClientRect(); return top > 0 && top < innerHeight; }",
        arg=tab.locator(".course-shift_mask").element_handle(),
    )
    section.locator(".course-choice input").nth(4).check(force=True)
    says(tab, section, "of 36")
    expect(boxes).to_have_count(36)


def test_the_steps_play_and_stand_still_for_whom_motion_disturbs(lab, tab):
    lab.write("steps.ipynb", 'from utils.explorers import explore\nexplore("one_query")')
    lab.run(tab, "steps.ipynb")
    section = tab.locator(".course-one_query")
    play = section.locator(".one-play")
    play.click()
    for number in (2, 3, 4, 5):
        says(tab, section, f"Step {number} of 5")
    expect(play).to_have_text("▶ Play")
    assert section.locator(".one-line").count() > 1
    play.press("ArrowLeft")
    says(tab, section, "Step 4 of 5")
    section.locator("[role=application]").click(position={"x": 40, "y": 40})
    section.locator("input[type=range]").press("ArrowRight")
    tab.emulate_media(reduced_motion="reduce")
    lab.run_cell(tab, 0)
    again = tab.locator(".course-one_query")
    says(tab, again, "Step 1 of 5")
    button = again.get_by_role("button", name="Next step")
    button.click()
    says(tab, again, "Step 2 of 5")
    tab.wait_for_timeout(2000)
    assert "Step 2 of 5" in again.locator(".course-said").text_content()

"""Back and Forward keep what was typed, also past a page that came back with an error, with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.live import LiveSite


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_back_past_an_error_shows_the_page_again(browser: Browser, site: LiveSite, script: bool) -> None:
    context = browser.new_context(java_script_enabled=script, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{site.url}/reports/new")
    page.click("main .btn--primary")
    page.wait_for_url("**/place*")
    page.click("main .btn--primary")  # a mistake: nothing was said
    assert page.locator(".errors").count() == 1
    page.check('input[name="area"][value="A1"]', force=True)
    page.fill('[name="landmark"]', "巷口第二根灯杆")
    page.click("main .btn--primary")
    page.wait_for_url("**/what*")
    page.check('input[name="group"][value="broken"]', force=True)
    page.fill('[name="words"]', "路灯不亮")
    page.click("main .btn--primary")
    page.wait_for_url("**/check*")
    for _ in range(2):
        page.go_back()
        assert "/reports/new/" in page.url, page.url
        assert page.locator("h1").count() == 1, "the browser's own error page has no heading of ours"
    page.go_forward()
    assert page.input_value('[name="words"]') == "路灯不亮"
    context.close()

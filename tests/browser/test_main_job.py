"""The main job, end to end: a stranger's report comes back fixed, on the board. Once without JavaScript, once by keyboard."""

from __future__ import annotations

import importlib.util
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.hands import Keyboard, Pointer
from tests.county import PASSWORD
from tests.live import LiveSite

MAIN_BUTTON = "main .btn--primary"


def street_with_person(path: Path) -> Path:
    """A photo of a street with a real face in it (NASA's portrait of an astronaut, from scikit-image)."""
    spec = importlib.util.find_spec("skimage")
    assert spec is not None and spec.origin is not None
    face = Image.open(Path(spec.origin).parent / "data" / "astronaut.png").convert("RGB")
    street = Image.new("RGB", (1600, 1200), "#9a958c")
    ImageDraw.Draw(street).rectangle((0, 800, 1600, 1200), fill="#55585a")
    street.paste(face.resize((420, 420)), (1000, 380))
    street.save(path, "JPEG", quality=88)
    return path


def lamp(path: Path, *, lit: bool) -> Path:
    """A photo of a street lamp, dark or repaired."""
    picture = Image.new("RGB", (1600, 1200), "#31414f")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((780, 300, 820, 1200), fill="#20262b")
    draw.ellipse((700, 180, 900, 330), fill="#ffe9a8" if lit else "#4b5157")
    picture.save(path, "JPEG", quality=88)
    return path


class Walk:
    """Everybody's part in one report, each with a browser of their own."""

    def __init__(self, browser: Browser, site: LiveSite, *, hands: type[Pointer], script: bool, folder: Path) -> None:
        self.browser, self.site, self.hands, self.script, self.folder = browser, site, hands, script, folder
        self.contexts: list[BrowserContext] = []

    def person(self, email: str = "") -> Pointer:
        """A new browser, signed in as ``email`` if given."""
        context = self.browser.new_context(
            java_script_enabled=self.script, locale="zh-CN", viewport={"width": 1280, "height": 900}
        )
        self.contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(30_000)
        hands = self.hands(page)
        if email:
            hands.open(f"{self.site.url}/account/sign-in")
            hands.write("#name", email)
            hands.write("#password", PASSWORD)
            hands.press(MAIN_BUTTON)
        return hands

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What the database holds: only used to wait for the worker and to find who was drawn."""
        with sqlite3.connect(f"file:{self.site.folder / 'data' / 'citizen.db'}?mode=ro", uri=True) as connection:
            return connection.execute(query, values).fetchall()

    def wait(self, what: Callable[[], bool], why: str) -> None:
        """Wait for the worker."""
        end = time.monotonic() + 60
        while not what():
            assert time.monotonic() < end, why
            time.sleep(0.2)

    def photos_ready(self) -> None:
        """Wait until the worker has masked every photo there is, also those of whoever walked here before."""
        unmasked = "SELECT count(*) FROM photos WHERE masked_key IS NULL"
        self.wait(lambda: self.rows(unmasked) == [(0,)], "the worker never masked the photos")

    # -- the parts ------------------------------------------------------------------------------------------------

    def resident_reports(self, words: str) -> tuple[str, str]:
        """Four pages; the number and the query code of the receipt."""
        me = self.person()
        me.open(f"{self.site.url}/reports/new")
        me.attach([street_with_person(self.folder / "street.jpg"), lamp(self.folder / "dark.jpg", lit=False)])
        me.press(MAIN_BUTTON)
        me.choose('input[name="area"][value="A1"]')
        me.write('[name="landmark"]', "云沚巷口第二根灯杆")
        me.press(MAIN_BUTTON)
        me.choose('input[name="group"][value="broken"]')
        me.write('[name="words"]', words)
        me.press(MAIN_BUTTON)
        assert "云沚巷口第二根灯杆" in me.page.content()
        me.press(MAIN_BUTTON)
        assert "/receipt" in me.page.url
        text = me.page.inner_text("main")
        number = re.search(r"YY\d\d-[0-9A-Z]{4}-[0-9A-Z]{2}", text)
        code = re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", text)
        assert number and code, text
        return number[0], code[0]

    def moderator_decides(self, number: str) -> str:
        """Masks, acceptance with dispatch, release to people nearby; the case's number."""
        query = "SELECT c.number, c.id FROM cases c JOIN case_reports l ON l.case_id = c.id JOIN reports r ON r.id = l.report_id WHERE r.number = ?"
        case, _case_id = map(str, self.rows(query, number)[0])
        me = self.person("moderator@demo.invalid")
        me.open(f"{self.site.url}/office/queue")
        me.press(f'main a[href*="/office/cases/{case}"]')
        tokens = [
            str(row[0])
            for row in self.rows(
                "SELECT p.token FROM photos p JOIN reports r ON r.id = p.owner_id WHERE p.owner_kind = 'report' AND r.number = ? ORDER BY p.position, p.id",
                number,
            )
        ]
        assert len(tokens) == 2
        for token in tokens:
            me.press(f'main a[href*="/office/photos/{token}?"], main a[href$="/office/photos/{token}"]')
            if token == tokens[0]:
                assert me.page.locator('form#masks input[name="x"]').count() >= 1, "the face was proposed as a box"
            me.choose('[name="looked"]')
            me.press('form[action*="/approve"] button')
            me.open(f"{self.site.url}/office/cases/{case}")
        me.pick('select[name="category"]', "FAC-04")
        if me.page.locator("#compared").count():
            me.choose("#compared")
        me.press('button[name="step"][value="dispatch"]')
        me.open(f"{self.site.url}/office/cases/{case}")
        me.unfold('details:has(form[action*="/release"]) > summary')
        me.write('[name="title_hans"]', "云沚巷口路灯不亮")
        me.choose('form[action*="/release"] input[name="precision"][value="area"]')
        for box in range(2):
            me.choose(f'form[action*="/release"] input[name="photos"] >> nth={box}')
        me.press('form[action*="/release"] button[type="submit"]')
        state = self.rows("SELECT state, released_at IS NOT NULL FROM cases WHERE number = ?", case)[0]
        assert state == ("dispatched", 1)
        return case

    def unit_fixes(self, case: str) -> None:
        """The responsible unit signs, takes the after-photo and hands in."""
        unit = str(self.rows("SELECT unit_code FROM cases WHERE number = ?", case)[0][0])
        email = str(
            self.rows(
                "SELECT p.email FROM people p JOIN staff_roles s ON s.person_id = p.id WHERE p.unit_code = ? AND s.role = 'clerk'",
                unit,
            )[0][0]
        )
        me = self.person(email)
        me.open(f"{self.site.url}/unit/")
        me.open(f"{self.site.url}/unit/cases/{case}")
        me.press(MAIN_BUTTON)
        me.open(f"{self.site.url}/unit/cases/{case}/fix")
        me.attach([lamp(self.folder / "lit.jpg", lit=True)])
        me.choose('input[name="resolution"][value="fixed"]')
        me.write('[name="note"]', "已更换灯泡和镇流器，亮灯正常。")
        me.press(MAIN_BUTTON)
        assert self.rows("SELECT state FROM cases WHERE number = ?", case) == [("to_verify",)]
        self.photos_ready()

    def verifier_closes(self, case: str) -> None:
        """The verifier whom the system drew, of another unit, closes the case."""
        query = "SELECT p.email, p.unit_code, c.unit_code FROM cases c JOIN people p ON p.id = c.verifier_id WHERE c.number = ?"
        email, own, fixer = map(str, self.rows(query, case)[0])
        assert own != fixer
        me = self.person(email)
        me.open(f"{self.site.url}/verify/")
        me.press(f'main a[href*="{case}"]')
        me.choose('input[name="how"][value="photo"]')
        names = me.page.locator(".checks input[type=radio][value=yes]").evaluate_all("all => all.map(one => one.name)")
        for name in names:
            me.choose(f'input[name="{name}"][value="yes"]')
        me.press(MAIN_BUTTON)
        assert self.rows("SELECT state, resolution FROM cases WHERE number = ?", case) == [("closed", "fixed")]

    def two_people_publish(self, case: str) -> str:
        """One person drafts, another reviews, then the entry is shown; its public number."""
        query = "SELECT e.number FROM board_entries e JOIN cases c ON c.id = e.case_id WHERE c.number = ?"
        self.wait(lambda: bool(self.rows(query, case)), "no candidate for the board")
        entry = str(self.rows(query, case)[0][0])
        author = self.person("moderator@demo.invalid")
        after = str(
            self.rows(
                "SELECT p.token FROM photos p JOIN fixes f ON f.id = p.owner_id JOIN cases c ON c.id = f.case_id WHERE p.owner_kind = 'fix' AND c.number = ?",
                case,
            )[0][0]
        )
        author.open(f"{self.site.url}/office/photos/{after}")
        author.choose('[name="looked"]')
        author.press('form[action*="/approve"] button')
        author.open(f"{self.site.url}/office/publication/{entry}")
        author.write('[name="title_hans"]', "云沚巷口路灯修好了")
        author.choose('input[name="precision"][value="area"]')
        author.choose('input[name="before_photo"]:not([value=""]):not([value="0"]) >> nth=-1')
        author.choose('input[name="after_photo"]:not([value=""]):not([value="0"]) >> nth=-1')
        author.press('form[action*="/draft"] button[type="submit"]')
        for email in ("leader@demo.invalid", "leader@demo.invalid"):
            other = self.person(email)
            other.open(f"{self.site.url}/office/publication/{entry}")
            other.press('form[action*="/review"] button, form[action*="/publish"] button')
        return entry

    def stranger_sees(self, entry: str) -> None:
        """Before and after on the board; found by two characters, also in Traditional."""
        me = self.person()
        me.open(f"{self.site.url}/boards/")
        me.press(f'main a[href*="/boards/entries/{entry}"]')
        assert me.page.locator("main .compare img").count() == 2
        for picture in me.page.locator("main .compare img").all():
            address = picture.get_attribute("src") or ""
            assert self.browser.contexts and me.page.request.get(f"{self.site.url}{address}").status == 200
        for words in ("路灯", "路燈"):
            self.wait(lambda words=words: self.found(me, words, entry), f"{words} does not find the entry")

    def found(self, me: Pointer, words: str, entry: str) -> bool:
        """Whether searching for ``words`` leads to the entry."""
        me.open(f"{self.site.url}/search")
        me.write("main [name=q]", words)
        me.press("main form[role=search] button, main form button")
        return me.page.locator(f'main a[href*="/boards/entries/{entry}"]').count() > 0

    def reporter_tracks(self, number: str, code: str) -> None:
        """The reporter looks it up on another device."""
        me = self.person()
        me.open(f"{self.site.url}/reports/track")
        me.write("[name=number]", number.lower())
        me.write("[name=code]", code.replace("-", " ").lower())
        me.press(MAIN_BUTTON)
        assert number in me.page.content()
        assert code not in me.page.url


@pytest.mark.parametrize(("hands", "script"), [(Pointer, False), (Keyboard, True)], ids=["no-script", "keyboard"])
def test_a_report_comes_back_fixed(
    browser: Browser, site: LiveSite, tmp_path: Path, hands: type[Pointer], script: bool
) -> None:
    walk = Walk(browser, site, hands=hands, script=script, folder=tmp_path)
    number, code = walk.resident_reports("这里的路灯不亮，晚上看不见路")
    walk.photos_ready()
    case = walk.moderator_decides(number)
    walk.unit_fixes(case)
    walk.verifier_closes(case)
    entry = walk.two_people_publish(case)
    walk.stranger_sees(entry)
    walk.reporter_tracks(number, code)
    for context in walk.contexts:
        context.close()  # pages that stay open go on asking the site for news

"""Moodle's GIFT: what we write we read back, what Moodle writes we understand, what we do not know we name by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from citizen.core.errors import InvalidInput
from citizen.core.text import clean_text
from citizen.quizzes.formats.draft import LETTERS, Draft, Text
from citizen.quizzes.formats.gift import read_gift
from citizen.quizzes.formats.gift_writing import gift_lines
from citizen.quizzes.rules.questions import Kind, fold
from citizen.web.locale import speaking
from tests.quizzes.reading import KNOWN, TOPICS, said, short


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    with speaking("en"):
        yield


#: Texts made of everything that GIFT, HTML or a lawyer could trip over.
PIECES = (
    ":", "::", "#", "####", "=", "{", "}", "~", "\\", "\\n", "\\\\", "\n", "//", "%50%", "%-100%", "->", "[html]", "[plain]", "]", "[id:X]",
    "<b>", "&amp;", "$CATEGORY: x", "TRUE", "《中华人民共和国道路交通安全法》第四十七条", "（一）", "“三包”；", "……", "——", "、", "。",
    "处警告或者五元以上五十元以下罚款", "GB/T 19095—2019", "１６周岁", "𠮷", "a", " ",
)  # fmt: skip


def cleaned(parts: list[str]) -> str:
    try:
        return clean_text("".join(parts), 150)
    except InvalidInput:
        return ""


texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map(cleaned)
filled = texts.filter(bool)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    kind = draw(st.sampled_from(list(Kind)))
    options: tuple[Text, ...] = ()
    key: tuple[str, ...] = (draw(st.sampled_from(["true", "false"])),)
    if kind != Kind.TRUE_FALSE:
        words = draw(st.lists(filled.filter(fold), min_size=2, max_size=8, unique_by=fold))
        options = tuple(Text(word) for word in words)
        letters = LETTERS[: len(words)]
        number = 1 if kind == Kind.SINGLE else draw(st.integers(2, len(words)))
        key = tuple(sorted(draw(st.permutations(letters))[:number]))
    stem = Text(f"问{draw(texts)}")
    explanation, source = Text(draw(texts)), Text(draw(texts))
    topic, level = draw(st.sampled_from(list(TOPICS))), draw(st.integers(1, 3))
    return Draft(
        0, "Q001", kind, topic, level, stem, options, key, explanation=explanation, source=source, tags=("a]b", "交通")
    )


LAW = Draft(
    0, "Q001", Kind.MULTIPLE, "traffic", 3, Text("依照《法》第{一}条：a=b ~ #1 \\ 的\n// 是？"),
    (Text("%50% 折"), Text("[html]<b>"), Text("\\n"), Text("->")), ("A", "C"), explanation=Text("####"), source=Text("甲]乙\n丙"),
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drafts())
@example(LAW)
def test_what_is_written_is_read_back(draft: Draft) -> None:
    written = "".join(gift_lines([draft], "hans", topics=TOPICS))
    read = read_gift(written.encode(), KNOWN)
    assert said(read) == [], written
    [back] = read.drafts
    assert replace(back, row=0, column="", unsaid=frozenset()) == draft, written
    assert back.unsaid >= {"en", "valid"}


def test_the_english_of_a_question_is_written_apart() -> None:
    draft = replace(
        LAW,
        stem=Text("问？", "Why: {a}?"),
        options=(Text("甲", "one=1"), Text("乙", "two")),
        key=("A", "B"),
        explanation=Text("因", "So"),
    )
    [back] = read_gift("".join(gift_lines([draft], "en", topics=TOPICS)).encode(), KNOWN).drafts
    assert (
        back.stem == Text("", "Why: {a}?")
        and back.options == (Text("", "one=1"), Text("", "two"))
        and "hans" in back.unsaid
    )
    assert back.explanation == Text("", "So")
    left_out = "".join(gift_lines([LAW], "en", topics=TOPICS))
    assert left_out == "// left out, incomplete in this language: Q001\n\n"


MOODLE = """// question: 0  name: Switch category to $course$/top/Default for 城管/垃圾分类
$CATEGORY: $course$/top/Default for 城管/垃圾分类


// question: 171  name: 有害垃圾
// [id:W-01] [tag:标准] [tag:颜色]
::有害垃圾::[html]<p dir\\="ltr" style\\="text-align\\: left;">按国家标准，有害垃圾标志使用<strong>什么颜色</strong>？<br></p>{
\t=[html]<p>红色</p>#[html]<p>对&nbsp;了</p>
\t~[html]<p>蓝色</p>#[html]<p>这是可回收物</p>
\t~[html]<p>绿色 &lt;厨余&gt;</p>
\t####[html]<p>见国家标准 GB/T 19095—2019\\: 红色</p>
}


// question: 172  name: W-02
::W-02::[html]<p>分类管理系统包括\\:</p>{
\t~%33.33333%分类投放#第四十三条
\t~%33.33333%分类收集
\t~%33.33333%分类运输
\t~%-100%分类销售#不是
}

::W-03::电池都是有害垃圾。{FALSE#再想想：无汞的不是#多数地方归其他垃圾}

::W-04::[markdown]陶瓷碗属于{=其他垃圾 ~可回收物}垃圾。
"""


def test_what_moodle_exports_is_understood() -> None:
    read = read_gift(b"\xef\xbb\xbf" + MOODLE.replace("\n", "\r\n").encode(), KNOWN)
    assert said(read) == []
    first, second, third, fourth = read.drafts
    assert short(first) == ("single", "按国家标准，有害垃圾标志使用什么颜色？", ("红色", "蓝色", "绿色 <厨余>"), "A")
    assert (first.code, first.topic, first.tags, first.explanation.hans) == (
        "W-01", "waste", ("标准", "颜色"), "见国家标准 GB/T 19095—2019: 红色",
    )  # fmt: skip
    assert short(second) == ("multiple", "分类管理系统包括:", ("分类投放", "分类收集", "分类运输", "分类销售"), "ABC")
    assert second.explanation.hans == "第四十三条"
    assert (
        short(third) == ("true_false", "电池都是有害垃圾。", (), "false")
        and third.explanation.hans == "多数地方归其他垃圾"
    )
    assert short(fourth)[1] == "陶瓷碗属于 _____ 垃圾。"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("配对{\n=甲 -> 1\n=乙 -> 2\n}", (1, "4"), "Matching questions"),
        ("多少？{#3:1}", (1, "5"), "Numerical questions"),
        ("谈谈。{}", (1, "5"), "Essay questions"),
        ("简答{=一 =二}", (1, "4"), "Short-answer questions"),
        ("没有答案", (1, "1"), "no answers in { }"),
        ("// 说明\n没有关上{=一 ~二", (2, "5"), "not closed by }"),
        ("问{=一 ~二}\n又问{=一 ~二}", (2, "3"), "A second { or }"),
        ("问{\n=一\n=二\n~三}", (3, "1"), "Two answers are marked with ="),
        ("问{\n=一\n~%50%二\n~三}", (3, "1"), "Partly right answers"),
        ("问{~%30%一 ~%70%二 ~三}", (1, "10"), "need the same share"),
        ("::Q9::[html]看<img src\\=\"a.png\">图{=一 ~二}", (1, "7"), "picture or film"),
        ("问{好}", (1, "3"), "not marked with = or ~"),
        ("问{~一 ~二}", (1, "3"), "right answer is missing"),
        ("问{=一 ~一}", (1, "3"), "Two options say the same"),
        ("{=一 ~二}", (1, "1"), "Write the question in Chinese"),
        ("问\x07{=一 ~二}", (1, "1"), "U+0007"),
        ("问{=一 ~二 ~三 ~四 ~五 ~六 ~七 ~八 ~九}", (1, "27"), "at most 8 options"),
    ],
)  # fmt: skip
def test_what_is_not_known_here_is_named_by_line_and_column(text: str, place: tuple[int, str], words: str) -> None:
    read = read_gift(f"{text}\n\n好题{{=是的 ~不是}}\n".encode(), KNOWN)
    assert len(read.drafts) == 1 and short(read.drafts[0])[1] == "好题"
    assert [(row, column) for row, column, _words in said(read)] == [place] and words in said(read)[0][2]


def test_the_same_question_twice_names_both_lines() -> None:
    read = read_gift("甲{=一 ~二}\n\n乙{T}\n\n甲 ？{~二 =一。}\n".encode(), KNOWN)
    assert len(read.drafts) == 2 and said(read) == [(5, "1", "Rows 1 and 5 are the same question.")]


@pytest.mark.parametrize(
    "signs", ["{", "}", "~a", "=", "#", "\\", "[id:", "<a", "::", "问{=a ~b}\n\n", "\x00", "{~%5%", "// x\n"]
)
def test_a_hostile_file_is_read_in_linear_time_and_never_an_error(signs: str) -> None:
    read = read_gift((signs * (60_000 // len(signs))).encode(), KNOWN)
    assert len(read.drafts) <= 1 and read.problems


def test_bytes_that_are_no_text_have_a_sentence(app: Flask) -> None:
    assert said(read_gift(b"\xff\xfe\x00\xd8\x00", KNOWN)) == [
        (0, "", "This is no text file that can be read. Save it in UTF-8.")
    ]
    assert said(read_gift("// 只有注释\n".encode(), KNOWN)) == [(0, "", "There is no question in it.")]

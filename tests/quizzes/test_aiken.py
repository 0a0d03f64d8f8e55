"""Questions as Chinese authors type them: every way of numbering, lettering and answering that people use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from citizen.quizzes.formats.aiken import read_aiken
from citizen.quizzes.formats.reading import format_of
from citizen.quizzes.rules.importing import Format
from citizen.web.locale import speaking
from tests.quizzes.reading import KNOWN, STRICT, said, short


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    with speaking("en"):
        yield


FIRST = ("single", "最低年龄是多少？", ("12周岁", "16周岁"), "B")
BOTH = ("multiple", "哪些可回收？", ("报纸", "剩饭", "瓶子"), "AC")
TRUE, FALSE = ("true_false", "骑车要戴头盔。", (), "true"), ("true_false", "盲道可以停车。", (), "false")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1. 最低年龄是多少？\nA. 12周岁\nB. 16周岁\nANSWER: B", FIRST),
        ("1、最低年龄是多少？\nA、12周岁\nB、16周岁\n答案：B", FIRST),
        ("（1）最低年龄是多少？\n（A）12周岁\n（B）16周岁\n正确答案: b", FIRST),
        ("第1题 最低年龄是多少？\nＡ．12周岁\nＢ．16周岁\n【答案】Ｂ", FIRST),
        ("最低年龄是多少？\nA)12周岁\nB)16周岁\n参考答案：Ｂ。", FIRST),
        ("1．最低年龄是多少？\nA．12周岁  B．16周岁\n答案: B", FIRST),
        ("1）最低年龄是多少？\n A: 12周岁\tB: 16周岁\n标准答案：B", FIRST),
        ("1、[单选题] 最低年龄是多少？\nA、12周岁\nB、16周岁\n答案：B", FIRST),
        ("哪些可回收？\nA、报纸 B、剩饭 C、瓶子\n答案：AC", BOTH),
        ("哪些可回收？\nA、报纸\nB、剩饭\nC、瓶子\n正确答案: C,A", BOTH),
        ("哪些可回收？\nA、报纸\nB、剩饭\nC、瓶子\n答案：Ａ、Ｃ", BOTH),
        ("【多选】哪些可回收？\nA、报纸\nB、剩饭\nC、瓶子\n答案：A C", BOTH),
        ("骑车要戴头盔。\n答案：√", TRUE),
        ("骑车要戴头盔。（√）", TRUE),
        ("1、骑车要戴头盔。（ 对 ）", TRUE),
        ("骑车要戴头盔。\nANSWER: T", TRUE),
        ("骑车要戴头盔。\nA、正确\nB、错误\n答案：A", TRUE),
        ("盲道可以停车。\n【答案】错误", FALSE),
        ("盲道可以停车。【×】", FALSE),
        ("盲道可以停车。(F)", FALSE),
        ("盲道可以停车。\n答案：不正确", FALSE),
    ],
)
def test_every_way_of_typing_is_the_same_question(text: str, wanted: tuple[object, ...]) -> None:
    for data in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        text.replace("\n", "\r\n").encode("utf-16"),
        text.encode("gb18030"),
    ):
        read = read_aiken(data, KNOWN)
        assert said(read) == [] and [short(draft) for draft in read.drafts] == [wanted]


PAPER = """文明知识竞赛试题

一、单项选择题（每题2分）
1、机动车行经人行横道，遇行人正在通过时应当（ C ）。
A、鸣喇叭 B、绕行 C、停车让行 D、加速
解析：法律要求停车让行。
1.5米以外也一样。
依据：《中华人民共和国道路交通安全法》
第四十七条
难度：易
2. 3.5公里的路，

下列说法对的是？
A．可以步行，
   也可以骑车
B．维生素 B. 有用
答案：A

二、多选题
（3）图（A）所示的可回收物有哪些？
（A）报纸
（B）瓶子
(C)剩饭
【答案】A、B
【解析】见目录。
主题：垃圾分类
标签：垃圾、分类
编号：W-7

三、判断题
4. 盲道上可以临时停车。（×）
5. 骑电动车要戴头盔。
答案：正确
"""


def test_a_whole_paper_with_headings_and_remarks() -> None:
    read = read_aiken(PAPER.encode(), KNOWN)
    assert [short(draft) for draft in read.drafts] == [
        ("single", "机动车行经人行横道，遇行人正在通过时应当（ ）。", ("鸣喇叭", "绕行", "停车让行", "加速"), "C"),
        ("single", "3.5公里的路，\n下列说法对的是？", ("可以步行，\n也可以骑车", "维生素 B. 有用"), "A"),
        ("multiple", "图（A）所示的可回收物有哪些？", ("报纸", "瓶子", "剩饭"), "AB"),
        ("true_false", "盲道上可以临时停车。", (), "false"),
        ("true_false", "骑电动车要戴头盔。", (), "true"),
    ]
    first, _second, third, *_rest = read.drafts
    assert first.explanation.hans == "法律要求停车让行。\n1.5米以外也一样。"
    assert first.source.hans == "《中华人民共和国道路交通安全法》\n第四十七条" and (first.difficulty, first.topic) == (
        1,
        "traffic",
    )
    assert (third.topic, third.tags, third.code, third.explanation.hans) == (
        "waste",
        ("垃圾", "分类"),
        "W-7",
        "见目录。",
    )
    assert "topic" in first.unsaid and "topic" not in third.unsaid and "en" in third.unsaid
    # The title above the first heading is no question; it is named, not guessed.
    assert said(read) == [(1, "1", "The right answer is missing.")]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("1、甲？\nA、一\nB、二\n答案：C", (4, "4"), "There is no option C."),
        ("1、甲？\nA、一\nB、二", (1, "3"), "The right answer is missing."),
        ("1、甲？\nA、一\nB、二\n答案：丙", (4, "4"), "“丙” is not an answer. Write the letters"),
        ("甲？\n答案：A", (1, "1"), "The question has no options."),
        ("甲？\n答案：也许", (2, "4"), "Write √ or ×, 对 or 错, or T or F."),
        ("甲？\nA、一\nC、三\n答案：A", (1, "1"), "Option B is empty, but a later one is not."),
        ("甲？\nA、一\nA、二\n答案：A", (3, "1"), "Option A is there twice."),
        ("甲？\nA、一\nB、一。\n答案：A", (2, "3"), "Two options say the same"),
        ("甲？\nA、一\nB、二\n答案：A\n难度：很难说", (5, "4"), "is no difficulty"),
        ("甲？\nA、一\nB、二\n答案：A\n  主题：钓鱼", (5, "6"), "“钓鱼” is none of the topics."),
        ("甲？\nA、一\nB、二\x0b三\n答案：A", (3, "3"), "U+000B"),
        ("甲？\nA、一\nB、二\n答案：A\n编号：第 一 题", (5, "4"), "A code has at most 20"),
        ("甲" * 501 + "？\nA、一\nB、二\n答案：A", (1, "1"), "too long"),
    ],
)
def test_mistakes_are_named_by_line_and_column(text: str, place: tuple[int, str], words: str) -> None:
    read = read_aiken(f"{text}\n\n丁？\nA、一\nB、二\n答案：B".encode(), KNOWN)
    assert [short(draft)[1] for draft in read.drafts] == ["丁？"]
    assert [(row, column) for row, column, _words in said(read)] == [place] and words in said(read)[0][2]


def test_labels_may_stand_above_the_stem() -> None:
    text = "编号：A-1\n难度：难\n1、甲？（√）\n\n编号：A-2\n\n乙？\nA、一\nB、二\n答案：A\n难度：中\n\n主题：垃圾分类\n题型：判断题\n丙？\n答案：错"
    read = read_aiken(text.encode(), KNOWN)
    assert said(read) == []
    assert [(draft.row, draft.code, draft.difficulty, draft.topic) for draft in read.drafts] == [
        (1, "A-1", 3, "traffic"), (5, "A-2", 2, "traffic"), (13, "", 1, "waste"),
    ]  # fmt: skip
    assert [short(draft)[1] for draft in read.drafts] == ["甲？", "乙？", "丙？"]


def test_topic_and_difficulty_must_come_from_somewhere() -> None:
    sentences = [sentence for _row, _column, sentence in said(read_aiken("甲？（√）".encode(), STRICT))]
    assert [sentence.split(".")[0] for sentence in sentences] == ["The topic is missing", "The difficulty is missing"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (PAPER, Format.AIKEN),
        ("What is a={b}?\nA. one\nB. two\nANSWER: A", Format.AIKEN),
        ("::Q1::甲{=一 ~二}", Format.GIFT),
        ("盲道可以停车。{F}", Format.GIFT),
        ("编号,题干,答案\n1,甲,对", Format.CSV),
        ("Code\tQuestion\tAnswer\n1\ta\tT", Format.CSV),
        ("", Format.AIKEN),
    ],
)
def test_the_format_is_found_out(text: str, wanted: Format) -> None:
    assert format_of(text.encode()) is wanted
    assert format_of(b"PK\x03\x04x", "a.csv") is Format.XLSX and format_of(text.encode(), "A.CSV") is Format.CSV


@pytest.mark.parametrize(
    "signs", [" ", "\n", "a\n", "A、a ", "(A", "1、\n", "答案：A\n", "甲（√）\n", "\x00", "甲？\nA、一\n", "("]
)
def test_a_hostile_text_is_read_in_linear_time_and_never_an_error(signs: str) -> None:
    read = read_aiken((signs * (60_000 // len(signs))).encode(), KNOWN)
    assert len(read.drafts) <= 1 and read.problems

"""How a rate came about, section by section; the page and the method note print the same words."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.surveys.documents.shares import ages_name, area_name, full_day, percent, rate_name
from citizen.surveys.queries.results import Results
from citizen.surveys.rules.pooling import LEAST, together
from citizen.surveys.rules.waves import DISPOSITION_WORDS, ELIGIBLE, Disposition
from citizen.web.locale import localised


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, and perhaps a table (heading row first)."""

    title: str
    said: list[str]
    table: list[list[str]] = field(default_factory=list)
    #: What the table shows, for those who do not see it.
    caption: str = ""


def method(found: Results) -> list[Section]:
    """All sections, in the order of the note."""
    return [
        _definition(found),
        _sample(found),
        _invitations(found),
        _weighting(found),
        _comparing(),
        _suppression(found),
        _limits(),
    ]


def _definition(found: Results) -> Section:
    measure = found.measure
    titled = {"title": localised(measure, "title"), "number": measure.number, "rate": rate_name(found)}
    return Section(
        _("What was measured"),
        [
            _("%(rate)s, by “%(title)s”, definition no. %(number)s:", **titled),
            localised(measure, "definition"),
            ngettext(
                "A person counts with at least %(num)d answer that counts; “don't know” never counts.",
                "A person counts with at least %(num)d answers that count; “don't know” never counts.",
                measure.needed,
            ),
            _("The questions themselves are not printed, because later surveys ask them again."),
        ],
    )


def _sample(found: Results) -> Section:
    wave = found.wave
    said = [
        _(
            "Answers were taken from %(first)s to %(last)s.",
            first=full_day(wave.opens_on),
            last=full_day(wave.closes_on),
        )
    ]
    drawn = localised(wave, "sampling")
    rows = [
        [area_name(row.area_code), ages_name(row.ages), f"{row.population:,}", f"{row.target:,}", _answers(found, row)]
        for row in found.strata
    ]
    head = [_("Area"), _("Age"), _("People living there"), _("Answers wanted"), _("Answers counted")]
    return Section(_("Sample"), [drawn, *said] if drawn else said, [head, *rows], _("Strata of the sample"))


def _answers(found: Results, row: object) -> str:
    share = found.parts.get((getattr(row, "area_code", ""), getattr(row, "ages", "")))
    return f"{share.n:,}" if share is not None else _("not shown")


def _invitations(found: Results) -> Section:
    title = _("What became of the invitations")
    if found.county is None or found.response_rate is None:
        return Section(title, [_("Not shown, since too few people answered or no invitations were made.")])
    counts = found.dispositions
    rows = [[str(DISPOSITION_WORDS[kind]), f"{counts.get(kind, 0):,}"] for kind in Disposition]
    eligible = sum(counts.get(kind, 0) for kind in ELIGIBLE)
    values = {
        "answered": f"{counts.get(Disposition.ANSWERED, 0):,}",
        "eligible": f"{eligible:,}",
        "rate": percent(found.response_rate),
    }
    return Section(
        title,
        [
            _("Response rate = answered ÷ (answered + did not want to + not reached + nothing known yet)."),
            _("That is %(answered)s ÷ %(eligible)s = %(rate)s (AAPOR's RR1, the strictest one).", **values),
        ],
        [[_("Outcome"), _("Invitations")], *rows],
        _("Invitations by outcome"),
    )


def _weighting(found: Results) -> Section:
    said = [
        _("Each stratum counts by the number of people who live there: p = Σ (N_h ÷ N) × p_h (post-stratification)."),
        _("Design effect of the unequal weights: deff = 1 + cv²(weights) (Kish 1965)."),
        _(
            "Effective number of answers: n ÷ deff ÷ (1 − n ÷ N), at most N; the last part is the finite population correction."
        ),
        _("The interval is Wilson's score interval (%(level)s) on the effective number of answers.", level="95%"),
    ]
    if found.county is not None:
        county = found.county
        values = {
            "n": f"{county.n:,}",
            "people": f"{county.population:,.0f}",
            # Rounded: nobody needs to know more of it, and each digit says something of single strata.
            "deff": f"{county.deff:.1f}",
            "eff": f"{county.n_eff:,.0f}",
        }
        said.append(_("Whole county: n = %(n)s, N = %(people)s, deff = %(deff)s, effective n = %(eff)s.", **values))
        said += _together(together(found.pools))
    return Section(_("Weighting and precision"), said)


def _together(number: int) -> list[str]:
    """How many strata are counted with others; which ones is said nowhere."""
    if not number:
        return [_("Every stratum is counted by itself.")]
    return [
        ngettext(
            "%(num)d stratum is counted together with others before weighting, and all of them have one share.",
            "%(num)d strata are counted together with others before weighting, and those in one group have one share.",
            number,
        ),
        _("The answers of such a group stand beside each rate that takes from it."),
    ]


def _comparing() -> Section:
    return Section(
        _("Comparing"),
        [
            _(
                "Areas are compared pair by pair: two-sided z-test (%(level)s), Holm's correction over all pairs.",
                level="5%",
            ),
            _("Areas that cannot be told apart are not ranked."),
            _(
                "A change between two surveys has Newcombe's hybrid score interval; where it holds 0, no change can be shown. "
                "Only the same questions are compared."
            ),
        ],
    )


def _suppression(found: Results) -> Section:
    hidden = len(found.strata) - len(found.parts)
    return Section(
        _("What is not shown"),
        [
            _("Numbers that rest on fewer than %(least)s answers are not shown.", least=LEAST),
            _(
                "A stratum with fewer than %(least)s is counted together with the next age band of its area, or where the whole "
                "area has too few with another area, until %(least)s answers of others or more stand beside it.",
                least=LEAST,
            ),
            _(
                "Every number here is worked out from these groups, so that no comparison of numbers leads to a small one."
            ),
            ngettext(
                "%(num)d cell of area and age is not shown.", "%(num)d cells of area and age are not shown.", hidden
            ),
        ],
    )


def _limits() -> Section:
    return Section(
        _("Limits"),
        [
            _(
                "People who were not reached or did not want to answer may think differently; no formula puts that right."
            ),
            _("The interval covers chance only, not misunderstood questions or wishful answers."),
            _("A share of an area can be compared only within the interval that is printed with it."),
            _("This rate is never a quiz score: whoever takes part in a quiz was not drawn by chance."),
        ],
    )

"""Reviews of trips: what the reviewer made of it, with decisions as promises."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yanlian.errors import Finding
from yanlian.progress.reminders import REVIEWS, review_days
from yanlian.text import N_, say
from yanlian_web.desk.acting import Act, Refused, acting, checks, refuse, wrong
from yanlian_web.desk.models import Company, Deal, Promise, Trip
from yanlian_web.desk.models.base import OURS
from yanlian_web.handover.models import Review, ReviewDecision
from yanlian_web.offices.models import Member

TEXTS = ("note_en", "note_zh", "learned_en", "learned_zh", "questions_en", "questions_zh")  # fmt: skip


@dataclass(frozen=True)
class Decided:
    """A decision as the form holds it: a promise of ours to come.

    Attributes
    ----------
    text : str
        In the language of the reviewer.
    lang : str
        ``en`` or ``zh``.
    due_on : date or None
    owner : Member or None
    company : Company or None
    deal : Deal or None
    """

    text: str
    lang: str
    due_on: datetime.date | None
    owner: Member | None
    company: Company | None
    deal: Deal | None = None


@checks("review")
def _check(act: Act, review: Review, old: dict[str, Any]) -> list[Finding]:
    if old and (old["trip_id"], old["after"]) != (review.trip_id, review.after):
        text = say(N_("A review stays with its trip and its day."))
        return [wrong("trip", text, "review.fixed")]
    if not any(str(getattr(review, name)).strip() for name in TEXTS):
        text = say(N_("Write a note, what was learned, or an open question."))
        return [wrong("note_en", text, "review.empty")]
    return []


def review_hold(
    *,
    by: Member,
    trip: Trip,
    after: int,
    texts: dict[str, str],
    decided: Sequence[Decided] = (),
    version: int | None = None,
) -> Review:
    """Store what a review found, and its decisions as promises of ours.

    A review that is on file is changed; its figures stay those known on the day on which
    it was held.

    Raises
    ------
    PermissionDenied, Refused
    Conflict
        When somebody else has changed it since ``version``.
    """
    known = (
        Review.objects.filter(trip=trip, after=after, office=by.office)
        .live()
        .values_list("pk", flat=True)
        .first()
    )
    code = "handover.review.changed" if known else "handover.review.held"
    with acting(by, code) as act:
        trip = act.lock(Trip, trip.pk)
        found = _too_early(act, trip, after)
        refuse(*found)
        texts = {name: texts.get(name, "").strip() for name in TEXTS}
        if known:
            review = act.lock(Review, known, version)
            for name, value in texts.items():
                setattr(review, name, value)
            act.save(review)
        else:
            review = act.add(
                Review(
                    trip=trip,
                    after=after,
                    as_of=review_days(trip.to_on)[after],
                    done_on=act.day,
                    owner=by,
                    visibility=trip.visibility,
                    **texts,
                )
            )
        _decide(act, review, decided)
        act.about(review)
        return review


def _too_early(act: Act, trip: Trip, after: int) -> list[Finding]:
    if after not in REVIEWS:
        text = say(
            N_("Found %(value)s days. Expected one of %(allowed)s."),
            value=after,
            allowed=", ".join(str(n) for n in REVIEWS),
        )
        return [wrong("after", text, "review.after")]
    if trip.state == "cancelled":
        text = say(N_("The trip was cancelled, so there is nothing to look back at."))
        return [wrong("", text, "review.cancelled")]
    due = review_days(trip.to_on)[after]
    if due <= act.day:
        return []
    text = say(
        N_("It is due on %(day)s. Until then the figures are a preview."),
        day=due.isoformat(),
    )
    return [wrong("", text, "review.early")]


def _decide(act: Act, review: Review, decided: Sequence[Decided]) -> None:
    """Store decisions; every one that is wrong is told, with its number."""
    found: list[Finding] = []
    for number, item in enumerate(decided, 1):
        lacking = [
            *([] if item.text.strip() else [say(N_("Say what was decided."))]),
            *([] if item.due_on else [say(N_("Say until when."))]),
        ]
        if not lacking and item.due_on:
            promise = Promise(
                side=OURS,
                company=item.company or (item.deal.company if item.deal else None),
                deal=item.deal,
                made_on=act.day,
                due_on=item.due_on,
                owner=item.owner,
                visibility=review.visibility,
                **{f"text_{item.lang}": item.text.strip()},
            )
            try:
                act.add(promise)
            except Refused as error:
                lacking = [finding.say for finding in error.findings]
            else:
                act.add(
                    ReviewDecision(review=review, promise=promise, owner=item.owner)
                )
        for text in lacking:
            shown = say(N_("Decision %(number)s: %(text)s"), number=number, text=text)
            found.append(wrong(f"decision_{number}", shown, "review.decision"))
    refuse(*found)

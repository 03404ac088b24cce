"""The handover pack of a member or of the office, as a paper of both languages."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import override

from yanlian.progress import promises as promise_rules
from yanlian.progress import stages
from yanlian.progress.money import agreement_kinds
from yanlian.reports.pack import Cell, Line, Paper, Section
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import today
from yanlian_web.desk.models import (
    Agreement,
    Blocker,
    Deal,
    Gap,
    Meeting,
    Promise,
    Trip,
)
from yanlian_web.desk.models.base import HELD, INTERNAL, LABELS, OPEN, OURS
from yanlian_web.desk.places import place_of
from yanlian_web.desk.queries.agreements import sleeping
from yanlian_web.desk.queries.deals import OPEN as OPEN_STATES
from yanlian_web.desk.queries.deals import ageing_of, open_promises
from yanlian_web.handover.actions.handovers import name_of
from yanlian_web.handover.queries.people import Known, known_to
from yanlian_web.offices.models import Member

# Rows of each section; what does not fit is counted.
MOST = 150
AHEAD = datetime.timedelta(days=180)
_ORDER = [code for code, _ in LABELS]


@dataclass(frozen=True)
class Shown(Line):
    """A row of the pack, with what its page shows besides.

    Attributes
    ----------
    place : str
        Page of the record.
    tone : str
        ``late``, ``soon`` or empty.
    """

    place: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Pack:
    """A handover pack.

    Attributes
    ----------
    paper : Paper
    keys : tuple of str
        Word of each section, for links.
    counts : dict of str to int
        Rows of each section, with those that did not fit.
    subject : Member or None
        None for the whole office.
    """

    paper: Paper
    keys: tuple[str, ...]
    counts: dict[str, int]
    subject: Member | None

    @property
    def parts(self) -> list[tuple[str, Any]]:
        """Return the sections with their words; their rows are those of the page."""
        return list(zip(self.keys, self.paper.sections, strict=True))


def pack_of(viewer: Member, subject: Member | None) -> Pack:
    """Return the pack of a member, or of the whole office; asks a fixed number of times.

    What the viewer may not see is not in it.
    """
    day = today()
    office = viewer.office
    if subject is not None:
        members = [subject]
    else:
        members = list(Member.objects.filter(office=office).select_related("user"))
    maker = _Maker(viewer, members, subject is None, day)
    sections = maker.sections()
    who = (
        name_of(subject)
        if subject
        else Say(office.name_en, office.name_zh or office.name_en)
    )
    paper = Paper(
        title=say(N_("Handover pack: %(name)s"), name=who),
        label=_label(maker.label),
        facts=(
            say(
                N_("As of %(day)s. Made by %(name)s."),
                day=day.isoformat(),
                name=name_of(viewer),
            ),
        ),
        sections=tuple(part for _, part in sections),
        as_of=day,
        training=any(line.training for _, part in sections for line in part.lines),
    )
    counts = {key: len(part.lines) + part.rest for key, part in sections}
    return Pack(paper, tuple(key for key, _ in sections), counts, subject)


def _label(code: str) -> Say:
    return both_of(dict(LABELS)[code])


def both_of(lazy: Any) -> Say:
    """Return a lazy text in both languages."""
    texts = []
    for lang in ("en", "zh-hans"):
        with override(lang):
            texts.append(str(lazy))
    return Say(*texts)


def called(record: Any) -> Say:
    """Return a record by its name in both languages, or in the one it has."""
    for stem in ("name", "title", "text"):
        en, zh = (getattr(record, f"{stem}_{lang}", "") for lang in ("en", "zh"))
        if en or zh:
            return Say(en or zh, zh or en)
    return Say(str(record), str(record))


def _who(record: Any) -> Cell:
    if record is None:
        return None
    return name_of(record) if isinstance(record, Member) else called(record)


def joined(texts: Iterable[Say]) -> Say | None:
    """Return texts as a list, or None when there is none."""
    listed = list(texts)
    return stages.list_of(listed) if listed else None


class _Maker:
    """Gathers the sections; each asks the database once or twice."""

    def __init__(
        self,
        viewer: Member,
        members: Sequence[Member],
        whole: bool,
        day: datetime.date,
    ) -> None:
        self.viewer, self.members, self.whole, self.day = viewer, members, whole, day
        self.label = OPEN
        self.deals: list[Deal] = []
        self.promises: list[Promise] = []

    def mine(self, model: Any) -> Any:
        """Return the live records the members answer for and the viewer may see."""
        found = model.objects.seen_by(self.viewer).live()
        # In a whole office also what nobody answers for.
        return found if self.whole else found.filter(owner__in=self.members)

    def sections(self) -> list[tuple[str, Section]]:
        promises = self._promises()
        deals = self._deals()
        return [
            ("promises", promises),
            ("deals", deals),
            ("risks", self._risks()),
            ("people", self._people()),
            ("drafts", self._drafts()),
            ("steps", self._steps()),
        ]

    def labelled(self, label: str) -> Say | None:
        """Return a label of a row; the pack carries the highest of them."""
        self.label = max(self.label, label, key=_ORDER.index)
        return None if label == OPEN else _label(label)

    def made(
        self,
        title: str,
        columns: Sequence[str],
        lines: Sequence[Shown],
        *,
        rest: int = 0,
        none: str,
    ) -> Section:
        """Return a section; the owner stands in a column of its own in a whole office."""
        names = [*columns, *([N_("Owner")] if self.whole else [])]
        return Section(
            say(title),
            tuple(say(name) for name in names),
            tuple(lines),
            rest,
            say(none),
        )

    def line(
        self,
        record: Any,
        cells: Sequence[Cell],
        *,
        label: str = OPEN,
        tone: str = "",
        place: str = "",
        training: bool | None = None,
    ) -> Shown:
        owner = [_who(record.owner)] if self.whole else []
        if label == OPEN and record.visibility in HELD:
            label = INTERNAL
        return Shown(
            (*cells, *owner),
            self.labelled(label),
            record.training if training is None else training,
            place or place_of(record),
            tone,
        )

    def _promises(self) -> Section:
        listed = (
            self.mine(Promise)
            .filter(pk__in=open_promises().values("pk"))
            .select_related("company", "department", "owner__user", "meeting")
            .order_by("due_on", "pk")
        )
        total, rows = _cut(listed)
        self.promises = rows
        return self.made(
            N_("Open promises"),
            (
                N_("Promise"),
                N_("Side"),
                N_("Company"),
                N_("Due on"),
                N_("State"),
                N_("Department that answers"),
            ),
            [self._promise(row) for row in rows],
            rest=total,
            none=N_("No promise is open."),
        )

    def _promise(self, row: Promise) -> Shown:
        state = promise_rules.state(row.rule, self.day)
        late = promise_rules.days_late(row.rule, self.day)
        shown = (
            say(N_("%(n)s days late"), n=late)
            if late
            else say(promise_rules.LABELS[state])
        )
        side = N_("ours") if row.side == OURS else N_("theirs")
        label = row.meeting.secrecy if row.meeting is not None else OPEN
        cells = (
            called(row),
            say(side),
            _who(row.company),
            row.due_on,
            shown,
            _who(row.department),
        )
        tone = "late" if late else ("soon" if state == "soon" else "")
        return self.line(row, cells, label=label, tone=tone)

    def _deals(self) -> Section:
        listed = (
            self.mine(Deal)
            .filter(status__in=OPEN_STATES)
            .select_related("company", "pipeline", "owner__user", "gap")
            .order_by("stage_on", "pk")
        )
        total, rows = _cut(listed)
        self.deals = rows
        steps = self._next_of(rows)
        lines = []
        for deal in rows:
            age = ageing_of(deal, self.day)
            stage = stages.stage(deal.stage)
            cells = (
                _who(deal.company),
                called(deal),
                Say(f"{stage.code} {stage.name.en}", f"{stage.code} {stage.name.zh}"),
                say(N_("%(n)s days, norm %(norm)s"), n=age["days"], norm=age["norm"]),
                steps.get(deal.pk),
                _who(deal.gap),
            )
            tone = {"late": "late", "above": "soon"}.get(age["age"], "")
            lines.append(self.line(deal, cells, tone=tone))
        return self.made(
            N_("Deals in hand"),
            (
                N_("Company"),
                N_("Deal"),
                N_("Stage"),
                N_("At this stage"),
                N_("Next step"),
                N_("Gap"),
            ),
            lines,
            rest=total,
            none=N_("No deal is open."),
        )

    def _next_of(self, deals: list[Deal]) -> dict[int, Say]:
        """Return the next step of each deal: its promise due first, else its meeting."""
        found: dict[int, tuple[datetime.date, Say]] = {}
        pks = [deal.pk for deal in deals]
        rows = open_promises().seen_by(self.viewer).filter(deal__in=pks)
        later = (
            Meeting.objects.seen_by(self.viewer)
            .live()
            .filter(deal__in=pks, state="planned", on__gte=self.day)
        )
        named = [
            *(
                (row.deal_id, row.due_on, row)
                for row in rows.order_by("due_on", "pk")[: 4 * MOST]
            ),
            *(
                (row.deal_id, row.on, row)
                for row in later.order_by("on", "pk")[: 4 * MOST]
            ),
        ]
        for deal, on, record in named:
            if deal not in found or on < found[deal][0]:
                found[deal] = (on, called(record))
        return {
            pk: say(N_("%(day)s: %(what)s"), day=on.isoformat(), what=what)
            for pk, (on, what) in found.items()
        }

    def _risks(self) -> Section:
        found: list[tuple[int, Shown]] = []

        def add(record: Any, kind: str, days: int, what: Say, company: Any) -> None:
            cells = (say(kind), _who(company), what, max(days, 0))
            found.append((days, self.line(record, cells, tone="late")))

        for promise in self.promises:
            if promise.due_on < self.day:
                days = (self.day - promise.due_on).days
                add(
                    promise,
                    N_("promise overdue"),
                    days,
                    called(promise),
                    promise.company,
                )
        for deal in self.deals:
            age = ageing_of(deal, self.day)
            if deal.status == "active" and age["age"] != "within":
                text = say(
                    N_("%(stage)s for %(n)s days, norm %(norm)s"),
                    stage=stages.stage(deal.stage).name,
                    n=age["days"],
                    norm=age["norm"],
                )
                add(
                    deal,
                    N_("stuck beyond the norm"),
                    age["days"] - age["norm"],
                    text,
                    deal.company,
                )
        asleep = sleeping(self.viewer, self.day).filter(grade__lt=3)
        if not self.whole:
            asleep = asleep.filter(owner__in=self.members)
        for row in asleep.select_related("company", "owner__user")[:MOST]:
            since = {0: row.expires_on, 1: row.next_on}.get(row.grade) or row.signed_on
            days = (self.day - since).days if since else 0
            add(row, N_("sleeping agreement"), days, called(row), row.company)
        stops = (
            Blocker.objects.seen_by(self.viewer)
            .live()
            .filter(solved_on=None)
            .exclude(deal__archived_on__isnull=False)
            .select_related("deal__company", "owner__user")
            .order_by("due_on", "pk")
        )
        if not self.whole:
            mine = Q(owner__in=self.members) | Q(
                owner=None, deal__owner__in=self.members
            )
            stops = stops.filter(mine | Q(deal__owner__in=self.members))
        for stop in stops[:MOST]:
            days = (self.day - stop.due_on).days
            add(stop, N_("blocker"), days, called(stop), stop.deal.company)
        found.sort(key=lambda item: -item[0])
        return self.made(
            N_("Risks"),
            (N_("Risk"), N_("Company"), N_("What"), N_("Days over")),
            [line for _, line in found[:MOST]],
            rest=max(len(found) - MOST, 0),
            none=N_("Nothing is overdue, asleep, blocked or stuck."),
        )

    def _people(self) -> Section:
        known, rest = known_to(self.members, self.viewer, self.day)
        lines = [self._known(item) for item in known]
        names = (
            N_("Person"),
            N_("Post"),
            N_("Times met"),
            N_("Last contact"),
            N_("Who of us knows them") if self.whole else N_("Who else knows them"),
        )
        return Section(
            say(N_("Relationships")),
            tuple(say(name) for name in names),
            tuple(lines),
            rest,
            say(N_("No final record of a meeting names anybody.")),
        )

    def _known(self, item: Known) -> Shown:
        posts = []
        for post in item.posts:
            place, title = post.company or post.organisation, called(post)
            if place is None:
                posts.append(title)
                continue
            at = called(place)
            posts.append(Say(f"{title.en}, {at.en}", f"{at.zh}{title.zh}"))
        cells = (
            called(item.person),
            joined(posts),
            item.times,
            item.last,
            joined(
                name_of(w) if isinstance(w, Member) else called(w)
                for w in item.others[:5]
            )
            or say(N_("nobody else")),
        )
        tone = "" if item.others else "soon"
        return Shown(
            cells,
            self.labelled(INTERNAL),
            item.person.training,
            place_of(item.person),
            tone,
        )

    def _drafts(self) -> Section:
        listed = (
            self.mine(Meeting)
            .filter(Q(state="draft") | Q(state="planned", on__lt=self.day))
            .select_related("company", "organisation", "owner__user")
            .order_by("on", "pk")
        )
        total, rows = _cut(listed)
        lines = [
            self.line(
                row,
                (
                    row.on,
                    called(row),
                    _who(row.company or row.organisation),
                    say(N_("draft"))
                    if row.state == "draft"
                    else say(N_("planned, not written up")),
                ),
                label=row.secrecy,
                tone="soon",
            )
            for row in rows
        ]
        return self.made(
            N_("Records of meetings still to finish"),
            (N_("Day"), N_("Meeting"), N_("With"), N_("State")),
            lines,
            rest=total,
            none=N_("Every record is final."),
        )

    def _steps(self) -> Section:
        """Return what was agreed to come next: texts, meetings, trips and gaps."""
        found: list[tuple[datetime.date, Shown]] = []
        texts = self.mine(Agreement).filter(state="signed", next_on__isnull=False)
        for row in texts.select_related("company", "owner__user").order_by("next_on")[
            :MOST
        ]:
            step = Say(row.next_en or row.next_zh, row.next_zh or row.next_en)
            tone = "late" if row.next_on < self.day else ""
            kind = agreement_kinds()[row.sort_of].name
            found.append(
                (
                    row.next_on,
                    self.line(
                        row, (row.next_on, kind, _who(row.company), step), tone=tone
                    ),
                )
            )
        coming = self.mine(Meeting).filter(
            state="planned", on__gte=self.day, on__lte=self.day + AHEAD
        )
        for row in coming.select_related(
            "company", "organisation", "owner__user"
        ).order_by("on")[:MOST]:
            cells = (
                row.on,
                both_of(row.get_way_display()),
                _who(row.company or row.organisation),
                called(row),
            )
            found.append((row.on, self.line(row, cells, label=row.secrecy)))
        trips = self.mine(Trip).filter(state="planned", from_on__gte=self.day)
        for row in trips.select_related("owner__user").order_by("from_on")[:MOST]:
            found.append(
                (
                    row.from_on,
                    self.line(row, (row.from_on, say(N_("Trip")), None, called(row))),
                )
            )
        gaps = self.mine(Gap).filter(closed_on=None, plan_until__isnull=False)
        for row in gaps.select_related("owner__user").order_by("plan_until")[:MOST]:
            plan = Say(row.plan_en or row.plan_zh, row.plan_zh or row.plan_en)
            what = called(row)
            text = (
                Say(f"{what.en}: {plan.en}", f"{what.zh}\uff1a{plan.zh}")
                if plan.en
                else what
            )
            tone = "late" if row.plan_until < self.day else ""
            found.append(
                (
                    row.plan_until,
                    self.line(
                        row, (row.plan_until, say(N_("Gap")), None, text), tone=tone
                    ),
                )
            )
        found.sort(key=lambda item: item[0])
        return self.made(
            N_("Agreed next steps"),
            (N_("Day"), N_("Kind"), N_("With"), N_("What")),
            [line for _, line in found[:MOST]],
            rest=max(len(found) - MOST, 0),
            none=N_("Nothing was agreed for later."),
        )


def _cut(listed: Any) -> tuple[int, list[Any]]:
    """Return how many rows do not fit, and those that do; asks at most twice."""
    rows = list(listed[: MOST + 1])
    if len(rows) <= MOST:
        return 0, rows
    return listed.count() - MOST, rows[:MOST]

"""What falls due for a member: asked once of each kind, whatever is shown of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q
from django.urls import reverse

from yanlian.progress import reminders as rules
from yanlian.progress.reminders import REVIEWS, Reminder, contact_by, review_days
from yanlian_web.desk.acting import today
from yanlian_web.desk.duties import DUTIES, Duty, duties
from yanlian_web.desk.models import Agreement, Contact, Deal, Meeting, Trip
from yanlian_web.desk.models.base import HELD, OPEN
from yanlian_web.desk.places import place_of
from yanlian_web.desk.queries.agreements import followed
from yanlian_web.desk.queries.deals import open_promises
from yanlian_web.handover.models import Handover, Norms, Review, Wish
from yanlian_web.offices.models import Member

# So many of each kind are looked at; the pages of the desk have all of them.
MOST = 300
# Of so many deals that stood longest it is asked when their company was last seen.
DEALS = 500
# A review nobody held for so long is not reminded of any more.
FORGOTTEN = datetime.timedelta(days=180)


@dataclass(frozen=True)
class Told:
    """A reminder together with what it is about."""

    reminder: Reminder
    duty: Duty

    @property
    def place(self) -> str:
        """Return the page where one settles it."""
        return self.duty.place or place_of(self.duty.record)


def norms_of(office_id: int) -> Norms:
    """Return the norms of an office; empty ones where it has set none."""
    found = Norms.objects.filter(office=office_id).first()
    return found or Norms(office_id=office_id, version=0)


def wish_of(member: Member) -> Wish:
    """Return what a member wants to be reminded of."""
    return Wish.objects.filter(member=member).first() or Wish(member=member)


def key_of(duty: Duty) -> str:
    """Return by what it is the same tomorrow."""
    return f"{duty.record.ref}:{duty.key}" if duty.key else str(duty.record.ref)


def reminders_of(
    member: Member, day: datetime.date | None = None, *, wish: Wish | None = None
) -> list[Told]:
    """Return what a member is reminded of on a day. Asks a fixed number of times."""
    day = day or today()
    wish = wish or wish_of(member)
    norms = norms_of(member.office_id)
    ahead = {code: kind.ahead_days for code, kind in rules.kinds().items()}
    ahead |= norms.ahead
    wanted = [code for code in rules.kinds() if code not in wish.off]
    found = _all(
        member, lambda code: day + datetime.timedelta(days=ahead[code]), wanted, norms
    )
    by_key = {(duty.kind, key_of(duty)): duty for duty in reversed(found)}
    told = rules.remind(
        (rules.Due(duty.kind, key_of(duty), duty.on) for duty in found),
        day,
        wanted=wanted,
        ahead=ahead,
    )
    return [Told(item, by_key[item.due.kind, item.due.key]) for item in told]


def dues_until(member: Member, until: datetime.date) -> list[Duty]:
    """Return all that falls due for a member up to a day, for the calendar."""
    wanted = [code for code in rules.kinds() if code not in wish_of(member).off]
    return _all(member, lambda code: until, wanted, norms_of(member.office_id))


def _all(
    member: Member,
    until: Callable[[str], datetime.date],
    wanted: Iterable[str],
    norms: Norms,
) -> list[Duty]:
    found: list[Duty] = []
    for code in wanted:
        if code == "contact":
            found += _contact(member, until(code), norms)
        elif code in DUTIES:
            found += DUTIES[code](member, until(code))
    # The earlier day comes first, so that of two of one key it is the one that stays.
    return sorted(found, key=lambda duty: duty.on)


def _private(record: Any) -> bool:
    return record.visibility in HELD


def _promises(side: str, member: Member, until: datetime.date) -> Iterator[Duty]:
    rows = (
        open_promises()
        .filter(office_id=member.office_id, owner=member, side=side, due_on__lte=until)
        .select_related("company", "meeting")
        .order_by("due_on", "pk")[:MOST]
    )
    for row in rows:
        said = row.meeting is not None and row.meeting.secrecy != OPEN
        kind = f"promise_{side}"
        yield Duty(kind, row, row.due_on, row.company, said or _private(row))


@duties("promise_ours")
def _ours(member: Member, until: datetime.date) -> Iterable[Duty]:
    return _promises("ours", member, until)


@duties("promise_theirs")
def _theirs(member: Member, until: datetime.date) -> Iterable[Duty]:
    return _promises("theirs", member, until)


def _contact(member: Member, until: datetime.date, norms: Norms) -> Iterator[Duty]:
    """Yield active deals with a company nobody was in touch with for long; asks twice."""
    deals = list(
        Deal.objects.seen_by(member)
        .live()
        .filter(owner=member, status="active")
        .select_related("company")
        .order_by("stage_on", "pk")[:DEALS]
    )
    last = dict(
        Meeting.objects.filter(
            company__in={deal.company_id for deal in deals}, on__lte=today()
        )
        .order_by()
        .values_list("company_id")
        # Inside the maximum, so that the database goes by the company alone.
        .annotate(last=Max("on", filter=Q(state="final", archived_on=None)))
    )
    days = {**rules.contact_norms(), **norms.contact}
    for deal in deals:
        seen = last.get(deal.company_id)
        on = contact_by(deal.stage, deal.stage_on, seen, norms.contact)
        if on is not None and on <= until:
            yield Duty(
                "contact", deal, on, deal.company, _private(deal), norm=days[deal.stage]
            )


def _agreements(member: Member, field: str, until: datetime.date) -> Any:
    return (
        Agreement.objects.seen_by(member)
        .live()
        .filter(~followed(), owner=member, state="signed", **{f"{field}__lte": until})
        .select_related("company")
        .order_by(field, "pk")[:MOST]
    )


@duties("step")
def _steps(member: Member, until: datetime.date) -> Iterable[Duty]:
    for row in _agreements(member, "next_on", until):
        yield Duty("step", row, row.next_on, row.company, _private(row))


@duties("agreement")
def _expiring(member: Member, until: datetime.date) -> Iterable[Duty]:
    for row in _agreements(member, "expires_on", until):
        yield Duty("agreement", row, row.expires_on, row.company, _private(row))


@duties("consent")
def _consents(member: Member, until: datetime.date) -> Iterable[Duty]:
    """Yield ways to reach people that are kept too long unless somebody asks again."""
    rows = (
        Contact.objects.seen_by(member)
        .live()
        .filter(
            Q(person__owner=member) | Q(person__owner=None, owner=member),
            person__archived_on=None,
            expires_on__lte=until,
        )
        .select_related("person")
        .order_by("expires_on", "pk")[:MOST]
    )
    for row in rows:
        # Of a person nothing leaves the program.
        yield Duty("consent", row, row.expires_on, None, internal=True)


@duties("review")
def _reviews(member: Member, until: datetime.date) -> Iterable[Duty]:
    """Yield the reviews of trips that nobody has held; asks twice."""
    oldest = today() - datetime.timedelta(days=REVIEWS[-1]) - FORGOTTEN
    trips = list(
        Trip.objects.seen_by(member)
        .live()
        .filter(
            Q(owner=member) | Q(leader__member=member),
            to_on__gte=oldest,
            to_on__lte=until - datetime.timedelta(days=REVIEWS[0]),
        )
        .exclude(state="cancelled")
        .order_by("-to_on")[:MOST]
    )
    held = set(
        Review.objects.filter(trip__in=trips, archived_on=None).values_list(
            "trip_id", "after"
        )
    )
    day = today()
    for trip in trips:
        every = {n: on for n, on in review_days(trip.to_on).items() if on <= until}
        passed = [n for n, on in every.items() if day - FORGOTTEN <= on <= day]
        # Of those that have passed only the last: it tells what the others would.
        for after in [*passed[-1:], *(n for n, on in every.items() if on > day)]:
            if (trip.pk, after) not in held:
                yield Duty(
                    "review", trip, every[after], None, _private(trip),
                    reverse("reviews-one", args=[trip.pk, after]), str(after),
                )  # fmt: skip


@duties("handover")
def _handovers(member: Member, until: datetime.date) -> Iterable[Duty]:
    rows = Handover.objects.filter(
        receiver=member, confirmed_on=None, undone_on=None, given_on__lte=until
    ).select_related("giver__user", "receiver__user")
    for row in rows[:MOST]:
        yield Duty("handover", row, row.given_on, None, internal=True)

"""Agreements as a list, those that sleep, and the page of one."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.http import QueryDict
from django.utils.translation import gettext

from yanlian.identity import fold
from yanlian.progress import promises as rules
from yanlian.progress.clauses import missing_clauses, needed_clauses
from yanlian.progress.competition import LEVELS
from yanlian.progress.money import agreement_kinds
from yanlian.tables import split_list
from yanlian.text import N_
from yanlian_web.desk.acting import today
from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.lists import Column
from yanlian_web.desk.models import (
    Agreement,
    Attachment,
    Evidence,
    File,
    Incentive,
    Measure,
    Milestone,
    Payment,
    Promise,
)
from yanlian_web.desk.models.agreements import AGREEMENT_STATES, ANSWERS
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.models.promises import UNITS, WHATS
from yanlian_web.desk.queries import money
from yanlian_web.desk.queries.landing import bar, paper_rows
from yanlian_web.offices.models import LogLine, Member
from yanlian_web.ui.templatetags.yl import called, name

COLUMNS = (
    Column(N_("Number of the agreement"), "number"),
    Column(N_("Agreement"), "title"),
    Column(N_("Kind"), "kind"),
    Column(N_("Binds"), "binds"),
    Column(N_("Company"), "company"),
    Column(N_("State"), "state"),
    Column(N_("Signed on"), "signed_on"),
    Column(N_("Expires on"), "expires_on"),
    Column(N_("Next step"), "next"),
    Column(N_("Next step by"), "next_on"),
    Column(N_("Amount that binds, yuan"), "binding_cny"),
    Column(N_("Amount that does not bind, yuan"), "nonbinding_cny"),
    Column(N_("Currency"), "currency"),
    Column(N_("Amount in the currency"), "amount"),
    Column(N_("What the amount is"), "amount_basis"),
)
# The gravest first.
SLEEP = ("expired", "passed", "none", "ahead")
SLEEP_SAID = {
    "expired": N_("expired"),
    "passed": N_("next step passed"),
    "none": N_("no next step"),
    "ahead": N_("next step ahead"),
}
SOON = 60


def agreements_found(member: Member, query: QueryDict) -> QuerySet[Agreement]:
    """Return the agreements that fit the filters of an address and may be seen."""
    listed: QuerySet[Agreement] = Agreement.objects.seen_by(member).live()
    if query.get("state") in {"draft", "signed", "ended"}:
        listed = listed.filter(state=query["state"])
    if query.get("binds") == "yes":
        listed = listed.filter(sort_of__in=money.BINDING)
    elif query.get("binds") == "no":
        listed = listed.filter(sort_of__in=money.LOOSE)
    if query.get("kind") in agreement_kinds():
        listed = listed.filter(sort_of=query["kind"])
    for word in fold(query.get("q", "")).split():
        listed = listed.filter(
            Q(company__search__contains=word)
            | Q(title_en__icontains=word)
            | Q(title_zh__icontains=word)
            | Q(number__icontains=word)
        )
    if query.get("owner") == "me":
        listed = listed.filter(owner_id=member.pk)
    day = today()
    if query.get("when") == "expiring":
        limit = day + datetime.timedelta(days=SOON)
        listed = listed.filter(state="signed", expires_on__range=(day, limit))
    elif query.get("when") == "late":
        listed = listed.filter(~followed(), state="signed", next_on__lt=day)
    return listed


def ordered(listed: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Return drafts first, then what was signed last."""
    return listed.order_by(F("signed_on").desc(nulls_first=True), "-pk")


def with_names(listed: QuerySet[Any]) -> QuerySet[Any]:
    """Return agreements with what a row shows of company and deal."""
    listed = listed.annotate(followed=ExpressionWrapper(followed(), BooleanField()))
    return listed.select_related("company", "deal", "owner__user")


def followed() -> Any:
    """Return whether a text that does not bind was followed by one that does."""
    binding = Agreement.objects.filter(
        sort_of__in=money.BINDING, state__in=("signed", "ended"), archived_on=None
    )
    after = binding.filter(follows=OuterRef("pk"))
    of_deal = binding.filter(
        deal=OuterRef("deal"), signed_on__gte=OuterRef("signed_on")
    )
    loose = Q(sort_of__in=money.LOOSE)
    return loose & (Q(Exists(after)) | Q(Exists(of_deal)))


def agreement_rows(rows: Iterable[Any], day: datetime.date) -> list[dict[str, Any]]:
    """Return the rows of the list."""
    return [
        {
            "record": row,
            "binding": row.binding,
            "kind": spoken(agreement_kinds()[row.sort_of].name),
            # A text that a binding one has followed has done its work.
            "followed": row.followed,
            "expired": bool(
                row.state == "signed"
                and not row.followed
                and row.expires_on
                and row.expires_on < day
            ),
            "next_late": bool(
                row.state == "signed"
                and not row.followed
                and row.next_on
                and row.next_on < day
            ),
        }
        for row in rows
    ]


def totals(listed: QuerySet[Agreement]) -> list[dict[str, Any]]:
    """Return the two totals of a list, which stand beside each other."""
    sums = money.agreed(listed)
    return [{"binding": binding, "sum": sums[binding]} for binding in (True, False)]


def export_rows(listed: QuerySet[Agreement]) -> Iterator[dict[str, Any]]:
    """Return the rows of the file; what binds and what does not have their columns."""
    states = dict(AGREEMENT_STATES)
    for row in listed.select_related("company").iterator(chunk_size=2000):
        binding = row.binding
        yield {
            "number": row.number,
            "title": called(row),
            "kind": spoken(agreement_kinds()[row.sort_of].name),
            "binds": spoken_yes(binding),
            "company": name(row.company),
            "state": states[row.state],
            "signed_on": row.signed_on,
            "expires_on": row.expires_on,
            "next": name(row, "next"),
            "next_on": row.next_on,
            "binding_cny": row.value_cny if binding else None,
            "nonbinding_cny": None if binding else row.value_cny,
            "currency": row.currency,
            "amount": row.amount,
            "amount_basis": row.amount_basis,
            "training": row.training,
        }


def spoken_yes(value: bool) -> Any:
    """Return yes or no in the reader's language."""
    return dict(ANSWERS)["yes" if value else "no"]


def sleeping(member: Member, day: datetime.date) -> QuerySet[Any]:
    """Return signed texts that do not bind and were not followed by one that does.

    The worst come first: expired, then those whose next step has passed, then those
    without one; among these the oldest.
    """
    listed: QuerySet[Agreement] = Agreement.objects.seen_by(member).live()
    return (
        listed.filter(~followed(), state="signed", sort_of__in=money.LOOSE)
        .annotate(
            grade=Case(
                When(expires_on__lt=day, then=Value(0)),
                When(next_on__lt=day, then=Value(1)),
                When(next_on=None, then=Value(2)),
                default=Value(3),
                output_field=IntegerField(),
            )
        )
        .order_by("grade", "signed_on", "pk")
    )


def sleeping_rows(rows: Iterable[Any], day: datetime.date) -> list[dict[str, Any]]:
    """Return the rows of the list of sleeping agreements."""
    found = []
    for row in rows:
        state = SLEEP[row.grade]
        since = {"expired": row.expires_on, "passed": row.next_on}.get(state)
        found.append(
            {
                "record": row,
                "kind": spoken(agreement_kinds()[row.sort_of].name),
                "days": (day - row.signed_on).days if row.signed_on else None,
                "state": state,
                "label": SLEEP_SAID[state],
                "since": (day - since).days if since else 0,
            }
        )
    return found


def sleeping_counts(listed: QuerySet[Any]) -> dict[str, int]:
    """Return how many sleep in which way; asks once."""
    rows = listed.order_by().values_list("grade").annotate(n=Count("pk"))
    return {SLEEP[grade]: n for grade, n in rows}


SLEEPING_COLUMNS = (
    *COLUMNS[:5],
    Column(N_("Signed on"), "signed_on"),
    Column(N_("Days since"), "days"),
    Column(N_("Expires on"), "expires_on"),
    Column(N_("Next step"), "next"),
    Column(N_("Next step by"), "next_on"),
    Column(N_("What is wrong"), "wrong"),
    Column(N_("Amount that does not bind, yuan"), "nonbinding_cny"),
)


def sleeping_export(
    listed: QuerySet[Any], day: datetime.date
) -> Iterator[dict[str, Any]]:
    """Return the rows of the file of sleeping agreements."""
    listed = listed.select_related("company")
    for row in sleeping_rows(listed.iterator(chunk_size=2000), day):
        record = row["record"]
        yield {
            "number": record.number,
            "title": called(record),
            "kind": row["kind"],
            "binds": spoken_yes(False),
            "company": name(record.company),
            "signed_on": record.signed_on,
            "days": row["days"],
            "expires_on": record.expires_on,
            "next": name(record, "next"),
            "next_on": record.next_on,
            "wrong": gettext(row["label"]),
            "nonbinding_cny": record.value_cny,
            "training": record.training,
        }


# The page of one.


def agreement_page(
    member: Member, agreement: Agreement, query: QueryDict, day: datetime.date
) -> dict[str, Any]:
    """Return everything the page of an agreement shows."""
    duties = list(
        Promise.objects.seen_by(member)
        .filter(agreement=agreement, archived_on=None)
        .select_related("department", "person", "owner__user", "verified_by__user")
        .order_by("due_on", "pk")
    )
    proofs = paper_rows(Evidence.objects.filter(promise__in=duties, archived_on=None))
    rows = [_duty(row, proofs.get(("promise", row.pk), []), day) for row in duties]
    payments = list(money.payments_of_agreement(agreement).order_by("on", "pk"))
    counts = _counts(agreement)
    incentives = list(_incentives(agreement))
    return {
        "agreement": agreement,
        "kind": spoken(agreement_kinds()[agreement.sort_of].name),
        "kind_help": spoken(agreement_kinds()[agreement.sort_of].help),
        "chain": _chain(agreement, day),
        "beneath": _beneath(agreement),
        "columns": _columns(agreement, duties, counts, day),
        **_views(rows, query, day),
        "next": _next(rows, agreement, day),
        "competition": _competition(incentives),
        "waiting": _waiting(payments, counts, rows),
        "fulfilment": _fulfilment(agreement, rows, payments),
        "missing": [
            {"name": spoken(item.name), "why": spoken(item.why)}
            for item in missing_clauses(
                agreement.sort_of, split_list(agreement.clauses)
            )
        ],
        "clauses": len(needed_clauses(agreement.sort_of)),
        "parties": list(
            agreement.parties.filter(archived_on=None).order_by("side", "pk")
        ),
        "file": file_state(agreement.file) if agreement.file else None,
        "files": list(
            Attachment.objects.filter(
                office=agreement.office_id, record=agreement.ref
            ).select_related("file")
        ),
        "history": list(
            LogLine.objects.filter(
                office=agreement.office_id,
                subject=agreement.ref,
                code__in=(
                    "desk.agreement.extended",
                    "desk.agreement.ended",
                    "desk.agreement.corrected",
                ),
            ).select_related("by__member")[:20]
        ),
    }


def file_state(file: File) -> dict[str, Any]:
    """Return a file with whether its bytes still have the fingerprint noted then."""
    path = path_of(file)
    if not path.is_file():
        return {"file": file, "state": "missing"}
    with path.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    state = "unchanged" if digest == file.sha256 else "changed"
    return {"file": file, "state": state, "now": digest}


def _duty(
    row: Promise, proofs: list[dict[str, Any]], day: datetime.date
) -> dict[str, Any]:
    state = rules.state(row.rule, day)
    return {
        "record": row,
        "state": state,
        "label": rules.LABELS[state],
        "late": rules.days_late(row.rule, day),
        "due": row.due_on <= day,
        "proofs": proofs,
        "unit": UNITS.get(row.what, ""),
    }


def _views(
    rows: list[dict[str, Any]], query: QueryDict, day: datetime.date
) -> dict[str, Any]:
    """Return the obligations by side, by date, or those overdue."""
    view = query.get("view", "side")
    view = view if view in {"side", "date", "overdue"} else "side"
    live = [row for row in rows if row["state"] != "withdrawn"]
    overdue = [row for row in live if row["state"] in {"overdue", "broken"}]
    due = [row for row in live if row["due"]]
    kept = [row for row in due if row["state"] in {"kept", "kept_late"}]
    if view == "side":
        groups = [
            _group(side, [row for row in rows if row["record"].side == side])
            for side in rules.SIDES
        ]
    elif view == "date":
        groups = [{"side": "", "rows": rows}]
    else:
        groups = [{"side": "", "rows": overdue}]
    return {
        "view": view,
        "groups": groups,
        "total": len(live),
        "due": len(due),
        "kept": len(kept),
        "overdue": len(overdue),
    }


def _group(side: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    due = [row for row in rows if row["due"] and row["state"] != "withdrawn"]
    kept = [row for row in due if row["state"] in {"kept", "kept_late"}]
    return {"side": side, "rows": rows, "due": len(due), "kept": len(kept)}


def _chain(agreement: Agreement, day: datetime.date) -> list[dict[str, Any]]:
    """Return the texts that led here and those that followed, in order."""
    before: list[Agreement] = []
    at: Agreement | None = agreement.follows
    while at is not None and at not in before:
        before.insert(0, at)
        at = at.follows
    after = list(
        Agreement.objects.filter(
            follows=agreement, archived_on=None, sort_of="investment"
        ).order_by("signed_on", "pk")
    )
    line = [*before, agreement, *after]
    found: list[dict[str, Any]] = []
    for row in line:
        last = line[line.index(row) - 1] if found else None
        took = None
        if last is not None and last.signed_on and row.signed_on:
            took = (row.signed_on - last.signed_on).days
        found.append(
            {
                "record": row,
                "binding": row.binding,
                "kind": spoken(agreement_kinds()[row.sort_of].name),
                "here": row.pk == agreement.pk,
                "expired": bool(row.expires_on and row.expires_on < day),
                "days": took,
            }
        )
    return found


def _beneath(agreement: Agreement) -> list[dict[str, Any]]:
    rows = Agreement.objects.filter(
        follows=agreement,
        archived_on=None,
        sort_of__in=("supplement", "supervision"),
    ).order_by("signed_on", "pk")
    return [
        {
            "record": row,
            "binding": row.binding,
            "kind": spoken(agreement_kinds()[row.sort_of].name),
        }
        for row in rows
    ]


def _counts(agreement: Agreement) -> list[Measure]:
    if agreement.deal_id is None or agreement.sort_of != "investment":
        return []
    rows = list(
        Measure.objects.filter(deal=agreement.deal_id, archived_on=None).order_by(
            "on", "pk"
        )
    )
    proven = set(
        Evidence.objects.filter(measure__in=rows, archived_on=None).values_list(
            "measure_id", flat=True
        )
    )
    return [row for row in rows if row.pk in proven]


def _columns(
    agreement: Agreement,
    duties: list[Promise],
    counts: list[Measure],
    day: datetime.date,
) -> list[dict[str, Any]]:
    """Return promised, evidenced and verified for each thing that is counted.

    Money comes from the ledger; other things from the last count.
    """
    sums = money.columns_of_agreement(agreement, day)
    found = []
    for what, label in WHATS:
        rows = [
            row
            for row in duties
            if row.what == what
            and row.side == rules.THEIRS
            and row.value is not None
            and not row.withdrawn_on
        ]
        if what == "investment":
            evidenced: float | None = sums.evidenced.value_cny
            verified: float | None = sums.verified.value_cny
            promised, due = sums.promised.value_cny, sums.due.value_cny
        else:
            listed = [row for row in counts if row.what == what]
            evidenced = listed[-1].value if listed else None
            checked = [row for row in listed if row.verified_on]
            verified = checked[-1].value if checked else None
            promised = sum(row.value or 0 for row in rows)
            due = sum(row.value or 0 for row in rows if row.due_on <= day)
        if not rows and not evidenced:
            continue
        found.append(
            {
                "what": what,
                "label": label,
                "unit": UNITS[what],
                "promised": promised if rows else None,
                "evidenced": evidenced or None,
                "verified": verified or None,
                "due": due,
                "by": max((row.due_on for row in rows), default=None),
                "short": due > (evidenced or 0),
                "bar": bar(promised, evidenced or 0, verified or 0, due)
                if rows
                else None,
            }
        )
    return found


def _next(
    rows: list[dict[str, Any]], agreement: Agreement, day: datetime.date
) -> dict[str, Any] | None:
    """Return what comes next: what is overdue first, ours before theirs."""
    open_ = [
        row for row in rows if row["state"] in {"overdue", "soon", "open", "broken"}
    ]
    if not open_:
        return None
    return min(
        open_,
        key=lambda row: (
            row["state"] not in {"overdue", "broken"},
            row["record"].side != rules.OURS if row["due"] else False,
            row["record"].due_on,
        ),
    )


def _incentives(agreement: Agreement) -> QuerySet[Incentive]:
    mine = Q(agreement=agreement)
    if agreement.deal_id:
        mine |= Q(agreement=None, deal=agreement.deal_id)
    return Incentive.objects.filter(mine, archived_on=None).order_by("pk")


def _competition(rows: list[Incentive]) -> dict[str, Any]:
    """Return how the incentives stand with fair competition, the gravest first."""
    rows = sorted(rows, key=lambda row: -LEVELS.index(row.level))
    open_ = [row for row in rows if row.level == "amber" and not row.cleared_on]
    return {
        "rows": rows,
        "red": sum(row.level == "red" for row in rows),
        "open": len(open_),
        "cleared": [row for row in rows if row.cleared_on],
    }


def _waiting(
    payments: list[Payment], counts: list[Measure], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what has evidence and waits for somebody to verify it."""
    unpaid = [row for row in payments if not row.verified_on]
    return {
        "payments": unpaid,
        "payments_cny": sum(row.value_cny or 0 for row in unpaid),
        "counts": [row for row in counts if not row.verified_on],
        "kept": [
            row
            for row in rows
            if row["record"].kept_on and not row["record"].verified_on
        ],
    }


def _fulfilment(
    agreement: Agreement, rows: list[dict[str, Any]], payments: list[Payment]
) -> dict[str, Any]:
    """Return whether the firm has fulfilled: by our rule, and by that of reports."""
    due = [
        row
        for row in rows
        if row["record"].side == rules.THEIRS
        and row["due"]
        and row["state"] != "withdrawn"
    ]
    unmet = [row for row in due if row["state"] not in {"kept", "kept_late"}]
    unproven = [
        row
        for row in due
        if row not in unmet and not row["proofs"] and not row["record"].verified_on
    ]
    registered = bool(
        agreement.deal_id
        and Milestone.objects.filter(
            deal=agreement.deal_id, code="registered", archived_on=None
        )
        .exclude(reached_on=None)
        .exists()
    )
    return {
        "counts": agreement.binding and agreement.state != "draft",
        "due": len(due),
        "met": bool(due) and not unmet and not unproven,
        "unmet": unmet,
        "unproven": unproven,
        "reports": registered or bool(payments),
        "registered": registered,
        "paid": bool(payments),
    }

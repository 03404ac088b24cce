"""What waits at the station: touches due, open issues, matches, firms near a tier."""

from __future__ import annotations

import datetime
from typing import Any

from yanlian_web.cultivate.models import Match
from yanlian_web.cultivate.models.suppliers import INTRODUCED, QUOTED, TRIAL
from yanlian_web.cultivate.queries import book, issues, ladder, touches
from yanlian_web.cultivate.queries.seen import of_seen
from yanlian_web.desk.acting import today
from yanlian_web.offices.models import Member

SHOWN = 6
# An introduction of which nothing was heard for so long is asked after.
QUIET_DAYS = 14


def home_page(member: Member, query: Any) -> dict[str, Any]:
    """Return the four columns of the station."""
    listed = touches.found(member, query)
    due = [t for t in listed if t.state in {"late", "week"}][:SHOWN]
    touches.drawn(member, due)
    lights = issues.all_of(member)
    over = issues.over_of(query)
    open_ = sorted(
        (r for r in lights if not r.solved_on), key=lambda r: (-r.late, r.on, r.pk)
    )
    needs = list(book.needs_found(member, query)[:SHOWN])
    waiting = of_seen(
        member,
        Match.objects.filter(state__in=(INTRODUCED, QUOTED, TRIAL)),
        "capability__company_id",
    )
    quiet = today() - datetime.timedelta(days=QUIET_DAYS)
    matches = list(
        waiting.select_related("need__company", "capability__company").order_by(
            "introduced_on", "pk"
        )
    )
    return {
        "touches": due,
        "touch_counts": touches.counts(listed),
        "issues": issues.with_records(open_[:SHOWN]),
        "figures": issues.figures(lights, over),
        "over": over,
        "needs": book.need_rows(member, needs),
        "matches": [
            {
                "item": match,
                "quiet": (match.outcome_on or match.introduced_on) < quiet,
                "days": (today() - (match.outcome_on or match.introduced_on)).days,
            }
            for match in matches[:SHOWN]
        ],
        "unfinished": len(matches),
        "near": ladder.rows_of(list(ladder.found(member, query)[:SHOWN])),
        "ladder": ladder.summary(member),
    }

"""What a gate asks of a deal: the answer that page, board and action give too."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field, create_model

from yanlian.progress import stages
from yanlian.text import N_, Say
from yanlian_web.api.v1.problems import refuse_others
from yanlian_web.api.v1.records import answer
from yanlian_web.api.v1.shapes import Asked, both
from yanlian_web.desk.gates import held, next_stage
from yanlian_web.desk.views.records import record_or_404

STAGES: Any = Literal[tuple(item.code for item in stages.stages())]
GateAsked = create_model(
    "GateAsked",
    __base__=Asked,
    to=(
        STAGES | None,
        Field(None, description=both(N_("Stage; the next one when left out"))),
    ),
)


class Words(Schema):
    """A text in both languages."""

    en: str
    zh: str


class Requirement(Schema):
    """One thing that a gate asks for."""

    key: str
    kind: str
    since: str = Field(description=both(N_("Stage from which it is asked for")))
    label: Words
    help: Words
    who: Words = Field(description=both(N_("Who can supply it")))


class StageShape(Schema):
    """A stage of the line."""

    code: str
    name: Words


class Gate(Schema):
    """What a gate asks, what is there, and what is missing."""

    deal: int
    version: int
    here: StageShape
    to: StageShape | None = Field(description=both(N_("None at the end of the line")))
    allowed: bool
    back: bool
    why: Words | None = Field(description=both(N_("Why it is shut")))
    met: list[Requirement]
    missing: list[Requirement]


def words(text: Say) -> dict[str, str]:
    """Return a text in both languages."""
    return {"en": text.en, "zh": text.zh}


def _requirement(item: stages.Requirement) -> dict[str, Any]:
    return {
        "key": item.key,
        "kind": item.kind,
        "since": item.from_stage,
        "label": words(item.label),
        "help": words(item.help),
        "who": words(item.who),
    }


def _stage(code: str) -> dict[str, Any]:
    return {"code": code, "name": words(stages.stage(code).name)}


def gate_of(deal: Any, to: str) -> dict[str, Any]:
    """Return what the gate into a stage asks of a deal; the next one when ``to`` is empty."""
    wanted = to or next_stage(deal)
    shown: dict[str, Any] = {
        "deal": deal.pk,
        "version": deal.version,
        "here": _stage(deal.stage),
        "to": _stage(wanted) if wanted else None,
        "allowed": False,
        "back": False,
        "why": None,
        "met": [],
        "missing": [],
    }
    if not wanted:
        return shown
    there = held(deal)
    move = stages.check_move(there, deal.stage, wanted)
    asked = () if move.back else stages.needed(wanted)
    return shown | {
        "allowed": move.allowed,
        "back": move.back,
        "why": words(move.why) if move.why else None,
        "met": [_requirement(item) for item in asked if item.key in there],
        "missing": [_requirement(item) for item in asked if item.key not in there],
    }


def routes() -> Router:
    """Return the address of the gates."""
    router = Router(tags=["deals"])

    @router.get(
        "/deals/{int:id}/gate",
        response={200: Gate},
        operation_id="gate-deal",
        url_name="gate-deal",
        summary=both(N_("What a gate asks")),
    )
    def gate(
        request: HttpRequest,
        id: int,
        asked: Query[GateAsked],  # type: ignore[valid-type]
    ) -> Any:
        """Say what the gate into a stage asks of a deal, what is met and what is missing."""
        refuse_others(request, GateAsked)
        member = request.member  # type: ignore[attr-defined]
        deal = record_or_404(member, "deal", id, own=True)
        return answer(gate_of(deal, request.GET.get("to", "")))

    return router

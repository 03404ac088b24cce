"""An import undone: what it wrote goes, what was edited since stays and is listed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils import timezone

from yanlian.identity import fold
from yanlian.text import N_, Say, say
from yanlian_web.desk.acting import Act, acting, refuse, wrong
from yanlian_web.desk.actions.companies import (
    fill_region,
    fill_search,
    regions_by_name,
    searched,
)
from yanlian_web.desk.models import KINDS, Attachment, Company, Person, Record
from yanlian_web.intake.actions.apply import finish, store
from yanlian_web.intake.actions.steps import CHUNK
from yanlian_web.intake.bulk import many, update_many
from yanlian_web.intake.kept import Fingerprint, keep
from yanlian_web.intake.kinds.base import PUT_AWAY, Written
from yanlian_web.intake.kinds.writing import codes_of
from yanlian_web.intake.models import APPLIED, UNDONE, Batch, Change
from yanlian_web.offices.models import Member, Office

# Fields that follow from others and are reckoned anew.
LISTS = frozenset({"set_here"})
WORKED = N_("Entered by this import and worked with since; it stays as it is.")
EDITED = N_("Edited since; these fields stay as they are.")
GONE = N_("Archived since; it stays as it is.")


def batch_undo(*, by: Member, pk: int, version: int | None, why: str) -> Batch:
    """Take back what an import wrote, but for what was edited since.

    A field goes back to what it was when it still holds what the import wrote. A record
    the import entered is archived, unless somebody has changed it or hung something on
    it. What stays is listed with the import.

    Raises
    ------
    PermissionDenied, Refused, Conflict
    """
    with many(), acting(by, "intake.batch.undone") as act:
        Office.objects.select_for_update(no_key=True).get(pk=act.office.pk)
        batch = act.lock(Batch, pk, version)
        if batch.state != APPLIED:
            text = say(N_("Only an import that was applied can be undone."))
            refuse(wrong("", text, "intake.state"))
        if not why.strip():
            refuse(wrong("why", say(N_("Say why.")), "intake.why"))
        reverter = Reverter(act, batch)
        mark = Fingerprint()
        counts: Counter[str] = Counter()
        rows = Change.objects.filter(batch=batch, undo=False).exclude(subject="")
        last = 0
        while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
            last = chunk[-1].pk
            undone = reverter.revert(chunk)
            store(batch, undone, mark, undo=True)
            for one in undone:
                counts["stayed" if one.kept or one.why else "undone"] += 1
        batch.state = UNDONE
        batch.result = {**batch.result, **counts}
        keep(act, batch)
        act.note(why=why.strip()[:500])
        finish(act, batch, mark, "undone_line", counts)
        return batch


class Reverter:
    """Takes changes of an import back, many at once."""

    def __init__(self, act: Act, batch: Batch) -> None:
        self.act, self.batch = act, batch
        self.regions = regions_by_name(act.office)
        self.why_en = f"{PUT_AWAY}: {batch.file_name}"[:500]

    def revert(self, changes: Sequence[Change], *, write: bool = True) -> list[Written]:
        """Return what is undone of changes, and what stays; store it unless told not to."""
        records = self._records(changes)
        used = self._used(changes, records)
        touched: dict[type[Record], dict[int, set[str]]] = defaultdict(dict)
        undone = [self._one(change, records, used, touched) for change in changes]
        if write:
            self._store(records, touched)
        return undone

    def _records(self, changes: Sequence[Change]) -> dict[str, Any]:
        """Return every record the changes name, as it is now, locked."""
        wanted: dict[str, set[int]] = defaultdict(set)
        for change in changes:
            for ref in change.changes:
                kind, _, number = ref.partition(":")
                wanted[kind].add(int(number))
        found = {}
        for kind in sorted(wanted):
            rows = KINDS[kind].objects.select_for_update(of=("self",), no_key=True)
            rows = rows.filter(pk__in=wanted[kind], office=self.act.office)
            for record in rows.order_by("pk"):
                found[record.ref] = record
        return found

    def _used(self, changes: Sequence[Change], records: dict[str, Any]) -> set[str]:
        """Return which records the import entered have something hanging on them now."""
        own = {ref for change in changes for ref in change.changes}
        made = {change.subject for change in changes if change.made}
        made |= {
            ref
            for change in changes
            for ref in change.changes
            if ref.startswith("person:")
        }
        used: set[str] = set()
        by_model: dict[type[Any], list[int]] = defaultdict(list)
        for ref in made:
            if ref in records:
                by_model[type(records[ref])].append(records[ref].pk)
        for model, pks in by_model.items():
            for relation in model._meta.related_objects:
                name = relation.field.attname
                target = relation.related_model
                rows = target._base_manager.filter(**{f"{name}__in": pks})
                if issubclass(target, Record):
                    rows = rows.filter(archived_on=None)
                for pk, at in rows.order_by().values_list(name, "pk"):
                    kind = getattr(target, "kind", "")
                    if f"{kind}:{at}" not in own:
                        used.add(f"{model.kind}:{pk}")
        attached = Attachment.objects.filter(office=self.act.office, record__in=made)
        return used | set(attached.values_list("record", flat=True))

    def _one(
        self,
        change: Change,
        records: dict[str, Any],
        used: set[str],
        touched: dict[type[Record], dict[int, set[str]]],
    ) -> Written:
        undone = Written(change.number, change.subject, False)
        main = records.get(change.subject)
        if (
            change.made
            and main is not None
            and not main.archived_on
            and (main.version > 1 or change.subject in used)
        ):
            self._stays(undone, change.subject, change.changes, records, say(WORKED))
            return undone
        if main is not None and main.archived_on and change.subject in change.changes:
            self._stays(undone, change.subject, change.changes, records, say(GONE))
            return undone
        for ref, fields in change.changes.items():
            record = records.get(ref)
            if record is None or record.archived_on:
                continue
            if self._entered(change, ref):
                self._put_away(undone, ref, record, fields, used, touched)
            else:
                self._back(undone, ref, record, fields, touched)
        return undone

    @staticmethod
    def _entered(change: Change, ref: str) -> bool:
        """Tell whether a record was entered by the change, not changed by it."""
        if ref == change.subject:
            return change.made
        # Posts that an import ended, and facts it restated, held something before.
        return all(old == "" for old, _new in change.changes[ref].values())

    def _put_away(
        self,
        undone: Written,
        ref: str,
        record: Any,
        fields: dict[str, list[Any]],
        used: set[str],
        touched: dict[type[Record], dict[int, set[str]]],
    ) -> None:
        if record.version > 1 or ref in used:
            self._stays(undone, ref, {ref: fields}, {ref: record}, say(EDITED))
            return
        record.archived_on, record.archived_why = self.act.day, self.why_en
        undone.changes[ref] = {
            "archived_on": [None, record.archived_on.isoformat()],
            "archived_why": ["", record.archived_why],
        }
        touched[type(record)].setdefault(record.pk, set()).update({"archived_on", "archived_why"})  # fmt: skip

    def _back(
        self,
        undone: Written,
        ref: str,
        record: Any,
        fields: dict[str, list[Any]],
        touched: dict[type[Record], dict[int, set[str]]],
    ) -> None:
        # Which fields were set at the desk follows from what becomes of the others.
        for name in sorted(fields, key=lambda name: name in LISTS):
            old, new = fields[name]
            now = _plain(getattr(record, name))
            if name in LISTS:
                # What the import had added is taken out; what others added stays.
                added = [item for item in new if item not in old]
                back = [i for i in now if i not in added or self._kept(undone, ref, i)]
                if back == now:
                    continue
                setattr(record, name, back)
                undone.changes.setdefault(ref, {})[name] = [now, back]
            elif now != new:
                undone.kept.setdefault(ref, {})[name] = [new, now]
                continue
            else:
                setattr(record, name, _typed(record, name, old))
                undone.changes.setdefault(ref, {})[name] = [now, old]
            touched[type(record)].setdefault(record.pk, set()).add(name)
        if undone.kept.get(ref):
            text = say(EDITED)
            undone.why = [text.en, text.zh]

    @staticmethod
    def _kept(undone: Written, ref: str, name: str) -> bool:
        return name in undone.kept.get(ref, {})

    def _stays(
        self,
        undone: Written,
        ref: str,
        changes: dict[str, dict[str, list[Any]]],
        records: dict[str, Any],
        why: Say,
    ) -> None:
        """List what an import wrote and is left as it is."""
        record = records[ref]
        undone.kept[ref] = {
            name: [new, now]
            for name, (_old, new) in changes.get(ref, {}).items()
            if (now := _plain(getattr(record, name))) != new
        }
        undone.why = [why.en, why.zh]

    def _store(
        self,
        records: dict[str, Any],
        touched: dict[type[Record], dict[int, set[str]]],
    ) -> None:
        now = timezone.now()
        for model, by_pk in touched.items():
            groups: dict[tuple[str, ...], list[Any]] = defaultdict(list)
            for pk, names in by_pk.items():
                record = records[f"{model.kind}:{pk}"]
                record.version += 1
                record.changed_at = now
                more = {"version", "changed_at"}
                if isinstance(record, Company) and names & NAMING:
                    if not record.in_tables and names & {"city_zh", "city_en"}:
                        fill_region(self.act.office, record, self.regions)
                    fill_search(record, *codes_of(record.search))
                    more |= {"search", "sort", "region_id", "local"}
                if isinstance(record, Person) and names & NAMING:
                    record.search = searched(record.name_en, record.name_zh)
                    record.sort = fold(record.name_en or record.name_zh)[:300]
                    more |= {"search", "sort"}
                groups[tuple(sorted(names | more))].append(record)
            for names_, group in groups.items():
                update_many(model, names_, group)


NAMING = frozenset(
    {
        "name_zh", "name_en", "credit_code", "city_zh", "city_en", "aliases",
        "former_names",
    }
)  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _typed(record: Any, name: str, value: Any) -> Any:
    """Return a value of the log as the field holds it."""
    field = record._meta.get_field(name)
    if value == "" and isinstance(field, models.FloatField | models.IntegerField):
        return None
    return field.to_python(value) if value is not None else None

"""Invented local firms with a plan, a book and needs, for the tests of cultivating."""

import datetime

from yanlian_web.desk.acting import today
from yanlian_web.desk.actions.records import record_add
from yanlian_web.desk.models import Meeting

DAY = datetime.timedelta(days=1)


def codes(error):
    return {finding.code for finding in error.value.findings}


def texts(error, lang):
    return [finding.say.text(lang) for finding in error.value.findings]


def firm(member, name, **more):
    values = {
        "name_en": name, "name_zh": f"{name}厂", "firm_id": f"L-{name}", "city_en": "Yongkang",
        "city_zh": "永康", "local": True, "owner": member, **more,
    }  # fmt: skip
    return record_add(by=member, kind="company", values=values, training=True)


def met(member, company, ago, way="outbound", state="final", **more):
    values = {
        "way": way, "title_en": "Visit", "title_zh": "走访", "company": company,
        "on": today() - ago * DAY, "owner": member, **more,
    }  # fmt: skip
    meeting = record_add(by=member, kind="meeting", values=values, training=True)
    # The talk itself is tested elsewhere; here it only has to have taken place.
    Meeting.objects.filter(pk=meeting.pk).update(state=state)
    meeting.refresh_from_db()
    return meeting


def capability(member, company, text="Zinc die castings", **more):
    values = {
        "company": company, "text_en": text, "source": "Visit",
        "source_on": today() - 30 * DAY, **more,
    }  # fmt: skip
    return record_add(by=member, kind="capability", values=values, training=True)


def need(member, company, text="Zinc die castings", **more):
    values = {
        "company": company, "text_en": text, "source": "Visit", "owner": member,
        "source_on": today() - 30 * DAY, **more,
    }  # fmt: skip
    return record_add(by=member, kind="need", values=values, training=True)


def issue(member, company, text="Power", ago=40, **more):
    values = {
        "company": company, "text_en": text, "on": today() - ago * DAY,
        "owner": member, **more,
    }  # fmt: skip
    return record_add(by=member, kind="issue", values=values, training=True)


def fact(member, company, measure, value=None, answer="", year=None, **more):
    values = {
        "company": company, "measure": measure, "value": value, "answer": answer,
        "year": year or today().year - 1, "source": "Audit report",
        "source_on": today(), "basis": "reported", **more,
    }  # fmt: skip
    return record_add(by=member, kind="ladder-fact", values=values, training=True)

"""Every page of the desk in a real browser: axe is content and nothing runs sideways."""

import pytest
from django.urls import reverse

from tests.web.matrices import all_rows

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),
]
# Other views of the same addresses.
VIEWS = {
    "deals": ["?view=table", "?view=print"],
    "meetings": ["?view=calendar"],
    "promises": ["?side=ours", "?side=theirs"],
    "companies": ["?view=map", "?view=board"],
    "agreements": ["?view=table"],
    "home": [],
}
# Forms of records and actions, each opened once.
FORMS = ("company", "person", "meeting", "promise", "deal", "agreement", "incentive", "blocker", "service")  # fmt: skip


@pytest.fixture
def trained(people, office, settings, tmp_path):
    from yanlian_web.desk.training import sourced_load, training_load

    settings.DATA_FOLDER = tmp_path
    sourced_load(office)
    training_load(office)
    return office


def paths_of(office):
    """Addresses of all pages that can be looked at, from the tables of rights."""
    from yanlian_web.desk.models import KINDS, Agreement, Deal, Gap, Meeting

    best = {
        "deal": Deal.objects.get(gap__gap_id="extend-C14", status="active"),
        "gap": Gap.objects.get(gap_id="extend-C14"),
        "agreement": Agreement.objects.get(number="TR-2024-014"),
        "meeting": Meeting.objects.filter(state="final", training=True).first(),
    }
    found = []
    for name, (method, arguments, expected) in all_rows().items():
        if method != "get" or expected.get("alice") != 200:
            continue
        given = {}
        for key, value in arguments.items():
            record = best.get(value) or (
                KINDS[value].objects.filter(training=True).first()
                if value in KINDS and key == "pk"
                else None
            )
            given[key] = record.pk if record and key == "pk" else value
        if "gap_id" in given:
            given["gap_id"] = best["gap"].gap_id
        if name in {"pick", "file"}:
            continue
        path = reverse(name, kwargs=given)
        found += [path, *(path + more for more in VIEWS.get(name, []))]
    found += [f"/new/{kind}/" for kind in FORMS]
    found += [f"/do/deal-close/{best['deal'].pk}/", "/", "/companies/TRAIN01/"]
    found.append("/help/training/")
    return list(dict.fromkeys(found))


def test_every_page_of_the_desk_is_clean(signed_in, trained):
    from axe_playwright_python.sync_playwright import Axe

    axe, wrong = Axe(), []
    paths = paths_of(trained)
    assert len(paths) > 40
    for language in ("zh-hans", "en"):
        page = signed_in(language, 1440)
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)  # fmt: skip
        for path in paths:
            page.set_viewport_size({"width": 1440, "height": 900})
            answer = page.goto(page.base + path)
            where = f"{language} {path}"
            if answer.status != 200:
                wrong.append(f"{where}: {answer.status}")
                continue
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 900})
                over = page.evaluate(
                    "document.documentElement.scrollWidth - innerWidth"
                )
                if over > 0:
                    wrong.append(f"{where} at {width} runs sideways by {over}")
                for item in axe.run(page).response["violations"]:
                    node = item["nodes"][0]
                    wrong.append(
                        f"{where} at {width}: {item['id']} {node['target']} "
                        f"{node['failureSummary'][:160]}"
                    )
        page.context.close()
    assert not wrong, "\n".join(wrong)

"""Every page of the desk in a real browser: axe is content and nothing runs sideways."""

import pytest

from tests.story import paths_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def trained(people, office, settings, tmp_path):
    from yanlian_web.desk.training import sourced_load, training_load

    settings.DATA_FOLDER = tmp_path
    sourced_load(office)
    training_load(office)
    return office


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

"""All addresses of the workbench."""

from django.urls import include, path

from yanlian_web.ui import views as ui

urlpatterns = [
    path("", include("yanlian_web.studies.urls")),
    path("", include("yanlian_web.desk.urls")),
    path("", include("yanlian_web.accounts.urls")),
    path("", include("yanlian_web.intake.urls")),
    path("", include("yanlian_web.merging.urls")),
    path("", include("yanlian_web.finding.urls")),
    path("", include("yanlian_web.cultivate.urls")),
    path("", include("yanlian_web.handover.urls")),
    path("", include("yanlian_web.archive.urls")),
    path("", include("yanlian_web.api.urls")),
    path("help/", ui.help_page, name="help"),
    path("help/<slug:page>/", ui.help_page, name="help-page"),
    path("language/", ui.language, name="language"),
    path("numbers/", ui.numbers, name="numbers"),
]
handler403 = "yanlian_web.ui.views.forbidden"
handler404 = "yanlian_web.desk.views.rights.not_found"
handler429 = "yanlian_web.accounts.views.too_many"

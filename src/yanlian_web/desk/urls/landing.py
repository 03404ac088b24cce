"""Addresses of agreements, incentives and landing."""

from django.urls import path

from yanlian_web.desk.views import agreements, incentives, landing

urlpatterns = [
    path("agreements/", agreements.agreements, name="agreements"),
    path("agreements/sleeping/", agreements.sleeping, name="agreements-sleeping"),
    path("agreements/<int:pk>/", agreements.agreement, name="agreements-one"),
    path("agreements/<int:pk>/text/", agreements.text, name="agreements-text"),
    path("incentives/", incentives.incentives, name="incentives"),
    path("incentives/rules/", incentives.rules, name="incentives-rules"),
    path("landing/", landing.landing, name="landing"),
    path("landing/<int:pk>/", landing.project, name="landing-one"),
    path("landing/papers/<int:pk>/", landing.paper, name="landing-paper"),
    path("blockers/", landing.blockers, name="blockers"),
    path("verify/", landing.verify, name="verify"),
]

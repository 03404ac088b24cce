"""Addresses of gaps taken up, the trace, the year, indicators and the log."""

from django.urls import path

from yanlian_web.desk.views import impact, log, trace

urlpatterns = [
    path("gaps/open/", trace.gaps_open, name="gaps-open"),
    path("gaps/take/", trace.gaps_take, name="gaps-take"),
    path("gaps/state/", trace.gaps_state, name="gaps-state"),
    # A gap may be called fill:C45; only a stroke parts an address.
    path("trace/<path:gap_id>/", trace.trace, name="trace"),
    path("year/<int:year>/", trace.year, name="year"),
    path("impact/", impact.impact, name="impact"),
    path("impact/definitions/", impact.definitions, name="impact-definitions"),
    path("impact/<str:code>/", impact.impact_one, name="impact-one"),
    path("log/", log.log, name="log"),
]

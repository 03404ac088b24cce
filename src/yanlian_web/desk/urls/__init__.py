"""Addresses of the desk, one module for each area."""

from yanlian_web.desk.urls import (
    companies,
    deals,
    home,
    landing,
    meetings,
    people,
    records,
    rights,
    services,
    trace,
)

urlpatterns = [
    *companies.urlpatterns,
    *deals.urlpatterns,
    *home.urlpatterns,
    *landing.urlpatterns,
    *meetings.urlpatterns,
    *people.urlpatterns,
    *records.urlpatterns,
    *rights.urlpatterns,
    *services.urlpatterns,
    *trace.urlpatterns,
]

"""Addresses of the desk, one module for each area."""

from yanlian_web.desk.urls import companies, deals, home, landing, records, services

urlpatterns = [
    *companies.urlpatterns,
    *deals.urlpatterns,
    *home.urlpatterns,
    *landing.urlpatterns,
    *records.urlpatterns,
    *services.urlpatterns,
]

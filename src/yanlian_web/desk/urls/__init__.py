"""Addresses of the desk, one module for each area."""

from yanlian_web.desk.urls import companies, deals, home, records, services

urlpatterns = [
    *companies.urlpatterns,
    *deals.urlpatterns,
    *home.urlpatterns,
    *records.urlpatterns,
    *services.urlpatterns,
]

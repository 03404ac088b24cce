"""Addresses of the desk, one module for each area."""

from yanlian_web.desk.urls import companies, deals, records

urlpatterns = [*companies.urlpatterns, *deals.urlpatterns, *records.urlpatterns]

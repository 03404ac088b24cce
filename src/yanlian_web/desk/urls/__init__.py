"""Addresses of the desk, one module for each area."""

from yanlian_web.desk.urls import companies, records

urlpatterns = [*companies.urlpatterns, *records.urlpatterns]

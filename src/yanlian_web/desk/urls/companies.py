"""Addresses of companies."""

from django.urls import path

from yanlian_web.desk.views import companies as views

urlpatterns = [
    path("companies/", views.companies, name="companies"),
    path("companies/<str:firm_id>/", views.company, name="companies-one"),
]

"""Addresses of data and sources."""

from django.urls import path

from yanlian_web.data import views

urlpatterns = [
    path("data/", views.data, name="data"),
    path("sources/", views.sources, name="sources"),
]

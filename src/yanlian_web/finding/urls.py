"""Addresses of finding."""

from django.urls import path

from yanlian_web.finding import views

urlpatterns = [
    path("search/", views.search, name="search"),
]

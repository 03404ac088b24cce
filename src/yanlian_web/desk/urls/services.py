"""Addresses of services."""

from django.urls import path

from yanlian_web.desk.views import services as views

urlpatterns = [path("services/", views.services, name="services")]

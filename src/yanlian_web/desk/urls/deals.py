"""Addresses of deals."""

from django.urls import path

from yanlian_web.desk.views import deals as views

urlpatterns = [
    path("deals/", views.deals, name="deals"),
    path("deals/forecasts/", views.forecasts, name="deals-forecasts"),
    path("deals/<int:pk>/", views.deal, name="deals-one"),
    path("deals/<int:pk>/gate/", views.gate, name="deals-gate"),
]

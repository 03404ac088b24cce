"""Addresses of people, organisations and disagreeing sources."""

from django.urls import path

from yanlian_web.desk.views import people as views

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/<int:pk>/", views.person, name="people-one"),
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<int:pk>/", views.organisation, name="organisations-one"),
    path("conflicts/", views.conflicts, name="conflicts"),
    path("conflicts/decide/<int:pk>/", views.decide, name="conflicts-decide"),
]

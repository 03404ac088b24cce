"""Addresses of finding."""

from django.urls import path

from yanlian_web.finding import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("views/", views.views, name="views"),
    path("views/new/", views.view_new, name="views-new"),
    path("views/<int:pk>/", views.view_edit, name="views-edit"),
    path("cell/<slug:kind>/<int:pk>/<slug:field>/", views.cell, name="cell"),
    path("undo/<int:pk>/", views.undo, name="undo"),
]

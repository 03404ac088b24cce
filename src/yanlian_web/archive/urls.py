"""Addresses of the archive."""

from django.urls import path

from yanlian_web.archive import views

urlpatterns = [
    path("everything/", views.everything, name="everything"),
    path("everything/export/", views.export, name="everything-export"),
    path("people/<int:pk>/personal/", views.personal, name="personal"),
    path(
        "people/<int:pk>/personal/export/",
        views.personal_export,
        name="personal-export",
    ),
    path(
        "people/<int:pk>/personal/erase/", views.personal_erase, name="personal-erase"
    ),
]

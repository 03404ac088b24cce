"""Addresses under which records are filled in, changed, archived and acted on."""

from django.urls import path

from yanlian_web.desk.views import records

urlpatterns = [
    path("new/<slug:kind>/", records.new, name="new"),
    path("edit/<slug:kind>/<int:pk>/", records.edit, name="edit"),
    path("archive/<slug:kind>/<int:pk>/", records.archive, name="archive"),
    path("do/<slug:key>/<int:pk>/", records.do, name="do"),
    path("pick/<slug:kind>/", records.pick, name="pick"),
]

"""Addresses of merging."""

from django.urls import path

from yanlian_web.merging import views

urlpatterns = [
    path("duplicates/", views.duplicates, name="duplicates"),
    path("duplicates/search/", views.search, name="duplicates-search"),
    path("duplicates/apart/", views.apart, name="duplicates-apart"),
    path("duplicates/together/<int:pk>/", views.together, name="duplicates-together"),
    path("companies/<str:firm_id>/merge/", views.merge, name="companies-merge"),
    path("merges/<int:pk>/", views.one, name="merges-one"),
]

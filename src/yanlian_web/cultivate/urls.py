"""Addresses of cultivate."""

from django.urls import path

from yanlian_web.cultivate.views import ladder, pages

urlpatterns = [
    path("cultivate/", pages.station, name="cultivate"),
    path("cultivate/touches/", pages.touch_list, name="cultivate-touches"),
    path("cultivate/touches/plan/", pages.touch_make, name="cultivate-plans"),
    path("cultivate/issues/", pages.issue_list, name="cultivate-issues"),
    path("cultivate/book/", pages.book_list, name="cultivate-book"),
    path("cultivate/needs/", pages.need_list, name="cultivate-needs"),
    path("cultivate/needs/<int:pk>/", pages.need_one, name="cultivate-need"),
    path("cultivate/ladder/", ladder.ladder, name="cultivate-ladder"),
    path("cultivate/ladder/run/", ladder.run, name="cultivate-ladder-run"),
    path("cultivate/ladder/<int:pk>/", ladder.ladder_one, name="cultivate-ladder-one"),
]

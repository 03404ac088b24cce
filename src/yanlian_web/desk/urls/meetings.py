"""Addresses of trips decided, meetings, the day, and promises."""

from django.urls import path

from yanlian_web.desk.views import journeys, meetings, promises

urlpatterns = [
    path("journeys/", journeys.journeys, name="journeys"),
    path("journeys/accept/", journeys.accept, name="journeys-accept"),
    path("journeys/<int:pk>/", journeys.journey, name="journeys-one"),
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/<int:pk>/", meetings.meeting, name="meetings-one"),
    path("day/", meetings.day, name="day"),
    path("files/<str:sha256>/", meetings.file, name="file"),
    path("promises/", promises.promises, name="promises"),
    path("promises/week/", promises.week, name="promises-week"),
    path("promises/<int:pk>/", promises.promise, name="promises-one"),
]

"""Addresses of handover packs, reviews, reminders and calendars."""

from django.urls import path

from yanlian_web.handover.views import handovers, reminders, reviews

urlpatterns = [
    path("handover/", handovers.handovers, name="handover"),
    path("handover/office/", handovers.office_pack, name="handover-office"),
    path("handover/<int:pk>/", handovers.pack, name="handover-pack"),
    path("handover/<int:pk>/give/", handovers.give, name="handover-give"),
    path("handover/given/<int:pk>/", handovers.given, name="handover-given"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/<int:pk>/<int:after>/", reviews.review, name="reviews-one"),
    path("reminders/", reminders.reminders, name="reminders"),
    path("reminders/choose/", reminders.choose, name="reminders-choose"),
    path("reminders/norms/", reminders.norms, name="reminders-norms"),
    path("reminders/calendar/", reminders.calendar, name="reminders-calendar"),
    path("calendar/<str:secret>.ics", reminders.feed, name="calendar-feed"),
]

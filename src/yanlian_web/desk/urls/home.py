"""Address of the home page."""

from django.urls import path

from yanlian_web.desk.views import home as views

urlpatterns = [path("", views.home, name="home")]

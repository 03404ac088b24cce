"""Addresses of rights, members and the audit."""

from django.urls import path

from yanlian_web.desk.views import audit, rights

urlpatterns = [
    path("rights/", rights.rights, name="rights"),
    path("members/", rights.members, name="members"),
    path("members/<int:pk>/", rights.members_one, name="members-one"),
    path("members/<int:pk>/look/", rights.looking, name="looking"),
    path("looking/end/", rights.looking_over, name="looking-end"),
    path("why/<slug:kind>/<int:pk>/", rights.why, name="why"),
    path("exists/", rights.exists, name="exists"),
    path("audit/", audit.audit, name="audit"),
]

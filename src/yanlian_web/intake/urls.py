"""Addresses of imports."""

from django.urls import path

from yanlian_web.intake import views

urlpatterns = [
    path("import/", views.batches, name="import"),
    path("import/<int:pk>/", views.batch, name="import-one"),
    path("import/<int:pk>/sheet/", views.sheet, name="import-sheet"),
    path("import/<int:pk>/preview/", views.preview, name="import-preview"),
    path("import/<int:pk>/choose/", views.choose, name="import-choose"),
    path("import/<int:pk>/apply/", views.apply, name="import-apply"),
    path("import/<int:pk>/undo/", views.undo, name="import-undo"),
    path("import/<int:pk>/drop/", views.drop, name="import-drop"),
    path("import/<int:pk>/result/", views.result, name="import-result"),
]

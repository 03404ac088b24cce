"""Addresses of chain, gaps, trips and runs."""

from django.urls import path

from yanlian_web.studies import views

urlpatterns = [
    path("chain/", views.chain, name="chain"),
    path("chain/<str:run_id>/graph.json", views.chain_graph, name="chain-graph"),
    path("gaps/", views.gaps, name="gaps"),
    path("gaps/run/", views.gaps_run, name="gaps-run"),
    path("trips/", views.trips, name="trips"),
    path("trips/<str:run_id>/", views.trip, name="trips-one"),
    path("trips/<str:run_id>/replan/", views.trip_replan, name="trips-replan"),
    path("trips/<str:run_id>/papers/<str:name>/", views.trip_paper, name="trips-paper"),
    path("studies/<slug:key>/new/", views.study_new, name="studies-new"),
    path("data/", views.data, name="data"),
    path("sources/", views.sources, name="sources"),
    path("runs/", views.runs, name="runs"),
    path("runs/<str:run_id>/", views.run, name="runs-one"),
    path("runs/<str:run_id>/<str:table>.csv", views.run_table, name="runs-table"),
]

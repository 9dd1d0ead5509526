"""Addresses of this face."""

from __future__ import annotations

from django.urls import URLPattern, path

from cauce.web.views.board import board, leaving, people, who

STAFF = "staff/board/"
PERSON = f"{STAFF}people/<str:reference>"

urlpatterns: list[URLPattern] = [
    path(STAFF, board.board, name="board"),
    path(f"{STAFF}live", board.live, name="board-live"),
    path(f"{STAFF}intake", board.intake, name="board-intake"),
    path(f"{STAFF}times", board.times, name="board-times"),
    path(f"{STAFF}times/<int:number>", board.second, name="board-second"),
    path(f"{STAFF}gaps", board.gaps, name="board-gaps"),
    path(f"{STAFF}missing", board.missing, name="board-missing"),
    path(f"{STAFF}census.csv", board.exact, name="board-census"),
    path(f"{STAFF}lane.csv", board.lane, name="board-lane"),
    path(f"{STAFF}published.csv", board.published, name="board-published"),
    path(PERSON, people.person, name="board-person"),
    path(f"{PERSON}/who", who.who, name="board-who"),
    path(f"{PERSON}/move", people.move, name="board-move"),
    path(f"{PERSON}/hand-over", people.hand_over, name="board-hand-over"),
    path(f"{PERSON}/undo", people.undo, name="board-undo"),
    path(f"{PERSON}/block", people.block, name="board-block"),
    path(f"{PERSON}/time", people.time, name="board-time"),
    path(f"{PERSON}/release", people.prepare, name="board-prepare"),
    path(f"{PERSON}/confirm", people.confirm, name="board-confirm"),
    path(f"{PERSON}/leaflet", people.leaflet, name="board-leaflet"),
    path(f"{PERSON}/beds", people.hold, name="board-hold"),
    path(f"{PERSON}/onward", people.consent, name="board-consent"),
    path(f"{PERSON}/off", people.off, name="board-off"),
    path(f"{STAFF}manifests", leaving.listed, name="board-manifests"),
    path(f"{STAFF}manifests/<int:number>", leaving.manifest, name="board-manifest"),
    path(f"{STAFF}manifests/<int:number>/close", leaving.close, name="board-close"),
    path(f"{STAFF}shelters", leaving.shelter_list, name="board-shelters"),
    path("shelter/<str:secret>", leaving.shelter, name="shelter"),
]

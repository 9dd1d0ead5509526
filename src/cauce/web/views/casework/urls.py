"""Addresses of this face."""

from __future__ import annotations

from django.urls import URLPattern, path

from cauce.web.views.casework import cases, erasures, papers, tracing, work

CASE = "cases/<str:reference>/"

urlpatterns: list[URLPattern] = [
    path("", work.home, name="staff-home"),
    path("lines/<slug:name>", cases.line, name="staff-line"),
    path(CASE, cases.case, name="staff-case"),
    path(f"{CASE}claim", cases.claim, name="staff-claim"),
    path(f"{CASE}give-back", cases.give_back, name="staff-give-back"),
    path(f"{CASE}issue", cases.issue, name="staff-issue"),
    path(f"{CASE}papers/<uuid:identity>/reissue", cases.reissue, name="staff-reissue"),
    path(f"{CASE}propose-revocation", cases.revoke, name="staff-revoke"),
    path(f"{CASE}do/<slug:name>", cases.act, name="staff-act"),
    path(f"{CASE}second/<slug:verdict>", cases.second, name="staff-second"),
    path(f"{CASE}drop/<slug:verdict>", cases.drop, name="staff-drop"),
    path(f"{CASE}alerts/<int:number>", cases.close_alert, name="staff-alert"),
    path("trace/", tracing.trace, name="staff-trace"),
    path("trace/<uuid:identity>/take-out", tracing.take_out, name="staff-take-out"),
    path("programme/", work.programme, name="staff-programme"),
    path("programme/announce", work.announce, name="staff-announce"),
    path("programme/draws/<int:number>", work.draw, name="staff-draw"),
    path("programme/serve", work.serve, name="staff-serve"),
    path("programme/pause", work.pause, name="staff-pause"),
    path("programme/pauses/<int:number>/second", work.decide_pause, {"what": "second"}, name="staff-pause-second"),
    path("programme/pauses/<int:number>/end", work.decide_pause, {"what": "end"}, name="staff-pause-end"),
    path(
        "programme/pauses/<int:number>/propose-end", work.decide_pause, {"what": "propose-end"},
        name="staff-pause-propose-end",
    ),
    path("programme/cap", work.propose_cap, name="staff-cap"),
    path("programme/caps/<int:number>/approve", work.approve_cap, name="staff-cap-approve"),
    path("programme/caps/<int:number>/drop", work.drop_cap, name="staff-cap-drop"),
    path("port/", papers.port, name="staff-port"),
    path("port/<uuid:identity>/arrive", papers.arrive, name="staff-arrive"),
    path("port/<uuid:identity>/undo", papers.undo, name="staff-undo"),
    path("accounts/", work.accounts, name="staff-accounts"),
    path("accounts/<int:number>/close", work.close_account, name="staff-close-account"),
    path("accounts/<int:number>/reset", work.reset_account, name="staff-reset-account"),
    path("audit/", work.audit, name="staff-audit"),
    path("retention/", work.let_go, name="staff-retention"),
    path("retention/erasures/", erasures.listed, name="staff-erasures"),
    path("retention/erasures/<int:number>/agree", erasures.agree, name="staff-erasure-agree"),
    path("retention/erasures/<int:number>/drop", erasures.drop, name="staff-erasure-drop"),
]  # fmt: skip
public: list[URLPattern] = [
    path("papers/", papers.check, name="papers-check"),
    path("papers/<uuid:identity>/", papers.paper, name="paper"),
    path("draws/", papers.draws, name="draws"),
    path("draws/<int:number>.txt", papers.lots, name="draw-lots"),
]

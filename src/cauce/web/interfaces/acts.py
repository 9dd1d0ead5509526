"""The acts of the audit in words, as a filter of its pages: `{{ event.act|done }}`; the code is what is kept."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as later

register = template.Library()

WORDS: dict[str, Any] = {
    # an application
    "filed": later("Applied"),
    "contact-corrected": later("Corrected how they are reached"),
    "code-renewed": later("Got a new code"),
    "together-changed": later("Changed whether all go or nobody"),
    "newborn-added": later("Added a child that was born"),
    "left": later("Somebody left the group"),
    "withdrawn": later("Took the application back"),
    "travel-requested": later("Asked to travel"),
    "mandate-given": later("Let a helper act"),
    "mandate-revoked": later("Stopped a helper"),
    "supporter-asked": later("Asked a supporter"),
    "supporter-asked-again": later("Sent the supporter the link again"),
    "supporter-offered": later("The supporter answered"),
    "supporter-attested": later("Confirmed the offer of the supporter"),
    "supporter-withdrawn": later("The supporter was let go or stepped back"),
    # its review
    "draw-announced": later("Announced a draw"),
    "drawn": later("Drew the lots"),
    "selected": later("Selected for review"),
    "person-looked-for": later("Looked for somebody by passport"),
    "claimed": later("Took it from the line"),
    "given-back": later("Gave it back to the line"),
    "read": later("Read the record"),
    "review-begun": later("Began the review"),
    "review-resumed": later("Went on with the review"),
    "evidence-asked-for": later("Asked for papers"),
    "supporter-confirmed": later("Confirmed the supporter"),
    "supporter-confirmed-anew": later("Confirmed the supporter anew"),
    "not-confirmed": later("Did not confirm the supporter"),
    "not-confirmed-proposed": later("Proposed not to confirm the supporter"),
    "denied-proposed": later("Proposed a denial"),
    "revoked-proposed": later("Proposed to revoke the papers"),
    "proposal-dropped": later("Dropped what was proposed"),
    "denied": later("Denied the application"),
    "alert": later("An alert was raised"),
    "alert-closed": later("Closed an alert"),
    # its papers
    "waits-for-a-place": later("Put it in the line for a place"),
    "places-held": later("Held places"),
    "places-given-back": later("Gave places back"),
    "hold-ran-out": later("Places that were held went back: it waits in line again"),
    "authorised": later("Issued the papers"),
    "extended": later("Extended the papers"),
    "reissued": later("Issued a paper anew"),
    "revoked": later("Revoked the papers"),
    "ran-out": later("The papers ran out"),
    "could-not-be-ended": later("The papers ran out, and the application could not be ended"),
    "paper-opened": later("Opened a paper"),
    "paper-looked-at": later("Looked at a paper at the port"),
    "checked": later("A carrier checked a paper"),
    "arrived": later("Arrived"),
    "refused-at-the-port": later("Was refused at the port"),
    "arrival-undone": later("Undid an arrival"),
    # caps, pauses, what is let go, accounts
    "cap-proposed": later("Proposed another cap"),
    "cap-approved": later("Agreed to another cap"),
    "cap-withdrawn": later("Withdrew their own proposal of a cap"),
    "cap-declined": later("Declined another cap"),
    "sum-wrong": later("Found that a counter and its ledger do not agree: no place goes out"),
    "sum-right": later("Found that a counter and its ledger agree again"),
    "pause-proposed": later("Proposed that a step stands still"),
    "paused": later("Agreed that a step stands still"),
    "pause-told": later("Wrote to everybody whom a pause concerns"),
    "end-of-pause-proposed": later("Proposed that a step goes on"),
    "goes-on": later("Agreed that a step goes on"),
    "purge-proposed": later("Proposed to let go what is due"),
    "purge-taken-up": later("Took up the proposal to let go what is due"),
    "purge-released": later("Let go what was due"),
    "purge-withdrawn": later("Withdrew their own proposal to let go what is due"),
    "purge-declined": later("Declined to let go what is due"),
    "erasure-proposed": later("Proposed to erase the application"),
    "erasure-withdrawn": later("Withdrew their own proposal to erase the application"),
    "erasure-declined": later("Declined to erase the application"),
    "erased": later("Erased the application"),
    "account-made": later("Made an account"),
    "account-reset": later("Reset an account"),
    "account-agreed": later("Agreed to an account that signs"),
    "account-closed": later("Closed an account"),
    "password-changed": later("Changed the password"),
    # the board
    "taken-in": later("Took somebody in"),
    "moved": later("Moved somebody to another stage"),
    "blocked": later("Wrote down what somebody waits for"),
    "time-proposed": later("Asked for another time"),
    "time-changed": later("Agreed to another time"),
    "time-withdrawn": later("Dropped another time"),
    "opened": later("Opened a manifest"),
    "boarded": later("Boarded a party"),
    "taken-off": later("Took a party off"),
    "departed": later("The flight or bus left"),
    "cancelled": later("Cancelled a flight or bus"),
    "onward-asked": later("Asked whether somebody wants to go onward"),
    "release-prepared": later("Prepared a release"),
    "release-confirmed": later("Let somebody go"),
    "bed-held": later("Held beds"),
    "bed-given-back": later("Gave beds back"),
    "contact-set": later("Wrote down how a shelter is reached"),
    "asked": later("Asked a shelter"),
    "answered": later("A shelter answered"),
    "turned-away": later("A shelter turned people away"),
    "census-taken": later("Took the exact census as a file"),
    "lane-taken": later("Took the counts of the pathway as a file"),
}


@register.filter
def done(act: str) -> str:
    """What was done, in the reader's language; the code itself for one that is no more in use."""
    return str(WORDS.get(act, act))

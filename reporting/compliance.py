"""What compliance looks at each morning: what was stopped and why, what came close, and which clocks are about to run out.

Each part is one statement over the day or over what stands, whatever the size of the book; counts are whole, lists end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from accounts.statuses import OPEN
from compliance.clocks import received_too_long_ago
from compliance.frequency import COUNTED
from compliance.packs import clocks_on, policy_in_force
from contacts.communications import UNNOTICED
from contacts.revoking import AFTER_OPT_OUT
from core.clock import business_zone
from reporting.refusals import sentence

SHOWN = 100
CLOSE = 2  # calls left, or fewer, until the law's limit
LAPSING_DAYS = 10
ENDING_DAYS = 3
CROWDED = 3  # calls in a day to one person
Figures = dict[str, Any]
Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """``sql`` gives debtor, account (null: any of the debtor's), what, and since when."""

    key: str
    title: str
    why: str
    sql: str


STOPPED = """
    SELECT code, count(*), count(DISTINCT debtor_id) FROM compliance_decision, unnest(codes) AS code
    WHERE NOT allowed AND made_at >= %(start)s AND made_at < %(end)s GROUP BY code ORDER BY 2 DESC, code
"""
PARTS = (
    Part(
        "outside",
        "Made although not allowed",
        "Contacts on record whose decision was no: made outside the system, or overridden.",
        """SELECT x.debtor_id, x.account_id, x.channel || ': ' || replace(array_to_string(c.codes, ', '), '_', ' ')
               || CASE WHEN c.override_reason <> '' THEN ', overridden: ' || c.override_reason ELSE '' END AS what, x.at AS since
           FROM contacts_contact x JOIN compliance_decision c ON c.id = x.decision_id
           WHERE x.at >= %(start)s AND x.at < %(end)s AND x.direction = 'out' AND NOT c.allowed""",
    ),
    Part(
        "after_opt_out",
        "Sent after an opt-out",
        "Ours are honoured at once; past ten business days a revocation is broken for certain (47 CFR 64.1200(a)(10)).",
        f"""SELECT debtor_id, account_id, channel || ' after the opt-out of ' || to_char(asked_at AT TIME ZONE %(zone)s, 'DD Mon YYYY')
               || CASE WHEN at >= %(start)s AND (asked_at AT TIME ZONE %(zone)s)::date <= %(lapsed)s
                       THEN ', past the last lawful day' ELSE '' END AS what, at AS since
           FROM ({AFTER_OPT_OUT}) t""",  # noqa: S608
    ),
    Part(
        "late_opt_outs",
        "Opt-outs recorded later than received",
        "The law counts from the day they came, not from the day they were written down.",
        """SELECT debtor_id, NULL::bigint AS account_id, medium || ': received '
               || to_char(at AT TIME ZONE %(zone)s, 'DD Mon YYYY HH24:MI') || ', recorded '
               || to_char(recorded_at AT TIME ZONE %(zone)s, 'DD Mon YYYY HH24:MI') AS what, at AS since
           FROM compliance_optout WHERE recorded_at >= %(start)s AND recorded_at < %(end)s AND at < recorded_at""",
    ),
    Part(
        "near_limit",
        "Near the limit of calls",
        "At most two calls about a debt are left in the seven days to this one (12 CFR 1006.14(b)(2)(i)(A)).",
        """SELECT debtor_id, account_id, count(*) || ' calls of ' || %(limit)s AS what, max(at) AS since FROM contacts_contact
           WHERE at >= %(window)s AND at < %(end)s AND channel = 'call' AND direction = 'out' AND outcome = ANY(%(counted)s)
           GROUP BY debtor_id, account_id HAVING count(*) >= %(limit)s - %(close)s""",
    ),
    Part(
        "concentrated",
        "Calls close together",
        "Three or more calls to a person in the day, or two to a number within five minutes (comment 14(b)(2)(i)-2).",
        """SELECT debtor_id, min(account_id) AS account_id, max(at) AS since, count(*) || ' calls'
               || CASE WHEN bool_or(at - before < interval '5 minutes') THEN ', two within five minutes' ELSE '' END AS what
           FROM (SELECT debtor_id, account_id, at, lag(at) OVER (PARTITION BY debtor_id, address ORDER BY at) AS before
                 FROM contacts_contact WHERE at >= %(start)s AND at < %(end)s AND channel = 'call' AND direction = 'out') t
           GROUP BY debtor_id HAVING count(*) >= %(crowded)s OR bool_or(at - before < interval '5 minutes')""",
    ),
    Part(
        "disputes",
        "Disputes not answered",
        "What is disputed is not collected until verification is sent (12 CFR 1006.38(d)(2)).",
        """SELECT debtor_id, account_id, replace(reason, '_', ' ') || ', open for ' || (%(on)s::date - received_on) || ' days' AS what,
               received_on::timestamp AT TIME ZONE %(zone)s AS since
           FROM compliance_dispute WHERE status = 'open' AND received_on <= %(on)s""",
    ),
    Part(
        "requests",
        "Original creditor asked for",
        "The debt is not collected until name and address are sent (12 CFR 1006.38(c)).",
        """SELECT debtor_id, account_id, 'open for ' || (%(on)s::date - from_on) || ' days' AS what,
               from_on::timestamp AT TIME ZONE %(zone)s AS since
           FROM compliance_hold WHERE kind = 'original_creditor_request' AND from_on <= %(on)s
               AND (until_on IS NULL OR until_on > %(on)s)""",
    ),
    Part(
        "validation",
        "Validation notices not sent",
        "Due within five days of the initial communication; after them collection waits for it (12 CFR 1006.34(a)(1)).",
        f"""SELECT debtor_id, account_id, (%(on)s::date - day) || ' days since the initial communication' AS what,
               day::timestamp AT TIME ZONE %(zone)s AS since
           FROM ({UNNOTICED}) t WHERE day <= %(on)s::date - %(notice_days)s + %(ending)s
           UNION ALL
           SELECT debtor_id, account_id, 'pending for ' || (%(on)s::date - from_on) || ' days',
               from_on::timestamp AT TIME ZONE %(zone)s
           FROM compliance_hold WHERE kind = 'validation_pending' AND from_on <= %(on)s
               AND (until_on IS NULL OR until_on > %(on)s)""",  # noqa: S608
    ),
    Part(
        "text_consents",
        "Consent to texts about to lapse",
        "A basis for texts carries sixty days; these have ten or fewer left (12 CFR 1006.6(d)(5)).",
        """SELECT debtor_id, NULL::bigint AS account_id, address || ': ' || %(sms_days)s - (%(on)s::date - as_of) || ' days left' AS what,
               as_of::timestamp AT TIME ZONE %(zone)s AS since
           FROM compliance_addressbasis WHERE basis IN ('SMS_CONSENT', 'SMS_CONSUMER_TEXTED') AND withdrawn_at IS NULL
               AND as_of BETWEEN %(on)s::date - %(sms_days)s AND %(on)s::date - %(sms_days)s + %(lapsing)s""",
    ),
    Part(
        "ending_holds",
        "Holds that end within three days",
        "Contact begins again by itself on the day a hold ends.",
        """SELECT debtor_id, account_id, replace(kind, '_', ' ') || ' until ' || until_on AS what,
               until_on::timestamp AT TIME ZONE %(zone)s AS since
           FROM compliance_hold
           WHERE from_on <= %(on)s AND until_on > %(on)s AND until_on <= %(on)s::date + %(ending)s AND lifted_at IS NULL""",
    ),
    Part(
        "uncertain",
        "Messages of uncertain fate",
        "Nobody knows whether they left; a person says so before anything is sent again.",
        """SELECT debtor_id, account_id, channel || ' to ' || address AS what, queued_at AS since
           FROM contacts_message WHERE status = 'uncertain'""",
    ),
)
LISTED = """
    SELECT a.ref, d.name, f.what, f.since, f.whole
    FROM (SELECT t.*, count(*) OVER () AS whole FROM ({}) t ORDER BY since, debtor_id, account_id LIMIT %(shown)s) f
    JOIN debtors_debtor d ON d.id = f.debtor_id
    LEFT JOIN LATERAL (SELECT ref FROM accounts_account
        WHERE id = f.account_id OR (f.account_id IS NULL AND debtor_id = f.debtor_id) ORDER BY id LIMIT 1) a ON true
    ORDER BY f.since, f.debtor_id, f.account_id
"""


def figures(*, on: date) -> Figures:
    """The report of one day of the agency's calendar, as it stands now: ``stopped`` by rule, and the parts with their rows."""
    params = _params(on)
    with connection.cursor() as cursor:
        cursor.execute(STOPPED, params)
        stopped = [
            {"code": code, "rule": sentence(code), "attempts": attempts, "people": people}
            for code, attempts, people in cursor.fetchall()
        ]
        return {"stopped": stopped, "parts": [_part(cursor, part, params) for part in PARTS]}


def _params(on: date) -> Params:
    zone, policy, law = business_zone(), policy_in_force(on), clocks_on(on)
    limits = {"limit": policy.call_limit, "close": CLOSE, "crowded": CROWDED, "counted": sorted(COUNTED)}
    days = {"sms_days": policy.sms_basis_days, "lapsing": LAPSING_DAYS, "ending": ENDING_DAYS,
            "notice_days": law.notice_days, "open": sorted(OPEN)}  # fmt: skip
    return (
        limits
        | days
        | {
            "on": on,
            "zone": str(zone),
            "start": datetime.combine(on, time.min, zone),
            "end": datetime.combine(on + timedelta(days=1), time.min, zone),
            "window": datetime.combine(on - timedelta(days=policy.call_window_days - 1), time.min, zone),
            "shown": SHOWN,
            "lapsed": received_too_long_ago(on, law),
        }
    )


def _part(cursor: Any, part: Part, params: Params) -> dict[str, Any]:
    cursor.execute(LISTED.format(part.sql), params)
    rows = cursor.fetchall()
    return {
        "key": part.key,
        "title": part.title,
        "why": part.why,
        "count": rows[0][4] if rows else 0,
        "rows": [
            {"ref": ref or "", "person": person, "what": what, "since": since.isoformat()}
            for ref, person, what, since, _ in rows
        ],
    }

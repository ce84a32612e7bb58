# ruff: noqa: E501  the SQL reads better in its own lines
"""From staged rows to people and accounts, in SQL."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from accounts.models import Client, Placement
from debtors.services import refresh_zones
from users.models import User

# A person is who the tax id says, else who the client's own reference says, else somebody new. A reference lends its tax id to
# the rows that lack it. What the client has placed before is found by either (by reference, unless that placement was undone);
# a person known by another client stays apart. Ids are given in the order of the file, so that rows are written where their
# neighbours are, in tables and indexes both.
PEOPLE = (
    """CREATE TEMP TABLE keyed ON COMMIT DROP AS
       SELECT id, row_no, slot, tax, debtor_reference, COALESCE('tax:' || tax, 'ref:' || debtor_reference, 'row:' || id) AS key,
              CASE WHEN slot = 0 THEN nextval((SELECT pg_get_serial_sequence('accounts_account', 'id')::regclass)) END AS account_id
       FROM (SELECT *, CASE WHEN debtor_reference IS NULL THEN tax_id_index ELSE max(tax_id_index) OVER (PARTITION BY debtor_reference) END AS tax
             FROM plan WHERE problem IS NULL ORDER BY id) p""",
    "ANALYZE keyed (key)",
    """CREATE TEMP TABLE known ON COMMIT DROP AS
       SELECT DISTINCT ON (key) key, debtor_id
       FROM (SELECT k.key, d.id AS debtor_id, 1 AS rank FROM (SELECT DISTINCT key, tax FROM keyed WHERE tax IS NOT NULL) k
             JOIN debtors_debtor d ON d.tax_id_index = k.tax AND d.tax_id_index <> ''
             WHERE EXISTS (SELECT FROM accounts_account a WHERE a.debtor_id = d.id AND a.client_id = %(client)s)
                OR EXISTS (SELECT FROM accounts_accountparty p JOIN accounts_account a ON a.id = p.account_id
                           WHERE p.debtor_id = d.id AND a.client_id = %(client)s)
             UNION ALL
             SELECT k.key, a.debtor_id, 2 FROM (SELECT DISTINCT key, debtor_reference FROM keyed WHERE debtor_reference IS NOT NULL) k
             JOIN accounts_account a ON a.client_id = %(client)s AND a.debtor_reference = k.debtor_reference AND a.debtor_reference <> ''
             JOIN accounts_placement b ON b.id = a.placement_id AND b.status = 'loaded') w
       ORDER BY key, rank, debtor_id""",
    """CREATE TEMP TABLE person ON COMMIT DROP AS
       SELECT key, first_id, COALESCE(debtor_id, nextval((SELECT pg_get_serial_sequence('debtors_debtor', 'id')::regclass))) AS debtor_id,
              debtor_id IS NOT NULL AS is_known
       FROM (SELECT f.key, f.first_id, w.debtor_id FROM (SELECT key, min(id) AS first_id FROM keyed GROUP BY key) f
             LEFT JOIN known w ON w.key = f.key ORDER BY f.first_id) p""",
    """CREATE TEMP TABLE made ON COMMIT DROP AS
       SELECT k.id, k.account_id, p.debtor_id, p.is_known, NOT p.is_known AND p.first_id = k.id AS is_new
       FROM keyed k JOIN person p ON p.key = k.key""",
    "ANALYZE made",
    "CREATE TEMP VIEW good AS SELECT s.*, m.account_id, m.debtor_id, m.is_known, m.is_new FROM stage s JOIN made m ON m.id = s.id",
)
MAKE_DEBTORS = """
    INSERT INTO debtors_debtor (id, kind, name, prefix, first_name, middle_name, last_name, suffix, language, date_of_birth, deceased_on, tax_id,
        tax_id_index, tax_id_last4, state, zones, created_at, updated_at)
    SELECT debtor_id, debtor_kind, debtor_name, COALESCE(prefix, ''), COALESCE(first_name, ''), COALESCE(middle_name, ''), COALESCE(last_name, ''),
        COALESCE(suffix, ''), COALESCE(language, 'en'), date_of_birth, deceased_on, COALESCE(tax_id_sealed, ''),
        COALESCE(tax_id_index, ''), COALESCE(tax_id_last4, ''), COALESCE(state, ''), zones, %(at)s, %(at)s
    FROM good WHERE is_new
"""
# what a debtor's further rows say and the book does not: a death, a birthday, a number
FILL_GAPS = """
    UPDATE debtors_debtor d SET deceased_on = COALESCE(d.deceased_on, s.deceased_on), date_of_birth = COALESCE(d.date_of_birth, s.date_of_birth),
        tax_id = CASE WHEN d.tax_id_index = '' THEN s.tax[1] ELSE d.tax_id END,
        tax_id_last4 = CASE WHEN d.tax_id_index = '' THEN s.tax[2] ELSE d.tax_id_last4 END,
        tax_id_index = CASE WHEN d.tax_id_index = '' THEN s.tax[3] ELSE d.tax_id_index END, updated_at = %(at)s
    FROM (SELECT debtor_id, min(deceased_on) AS deceased_on, min(date_of_birth) AS date_of_birth,
                 COALESCE(min(ARRAY[tax_id_sealed, tax_id_last4, tax_id_index]) FILTER (WHERE tax_id_index IS NOT NULL), ARRAY['', '', '']) AS tax
          FROM good WHERE NOT is_new GROUP BY debtor_id) s
    WHERE d.id = s.debtor_id AND ((d.deceased_on IS NULL AND s.deceased_on IS NOT NULL)
        OR (d.date_of_birth IS NULL AND s.date_of_birth IS NOT NULL) OR (d.tax_id_index = '' AND s.tax[3] <> ''))
"""


def of_new_and_known(insert: str) -> tuple[str, str]:
    """Beside a new debtor's rows nothing can stand, and ON CONFLICT, which costs half as much again, is not asked."""
    return (
        insert.format(whose="NOT is_known", beside=""),
        insert.format(whose="is_known", beside="ON CONFLICT DO NOTHING"),
    )


MAKE_REACH = (
    """INSERT INTO debtors_address (debtor_id, kind, line1, line2, city, state, zip, country, is_current, since_on, status, source, created_at, updated_at)
       SELECT debtor_id, CASE WHEN debtor_kind = 'business' THEN 'business' ELSE 'home' END, line1, COALESCE(line2, ''), city, state, zip, 'US',
              true, address_since, CASE WHEN bad_address THEN 'bad' ELSE 'unknown' END, 'client', %(at)s, %(at)s
       FROM (SELECT DISTINCT ON (debtor_id, lower(line1), zip) debtor_id, debtor_kind, line1, line2, city, state, zip, address_since, bad_address
             FROM good WHERE line1 IS NOT NULL ORDER BY debtor_id, lower(line1), zip, id) s
       WHERE NOT EXISTS (SELECT 1 FROM debtors_address x WHERE x.debtor_id = s.debtor_id AND lower(x.line1) = lower(s.line1) AND x.zip = s.zip)""",
    *of_new_and_known(
        """INSERT INTO debtors_phone (debtor_id, number, kind, status, source, created_at, updated_at)
           SELECT debtor_id, number, COALESCE(max(kind), 'mobile'), CASE WHEN bool_or(wrong) THEN 'wrong_party' ELSE 'unknown' END, 'client', %(at)s,
               %(at)s
           FROM good CROSS JOIN LATERAL (VALUES (phone1, phone1_kind, phone1_wrong_party), (phone2, phone2_kind, phone2_wrong_party),
               (phone3, phone3_kind, phone3_wrong_party)) p(number, kind, wrong)
           WHERE number IS NOT NULL AND {whose} GROUP BY debtor_id, number ORDER BY debtor_id {beside}"""
    ),
    *of_new_and_known(
        """INSERT INTO debtors_email (debtor_id, address, status, is_employer, source, created_at, updated_at)
           SELECT DISTINCT ON (debtor_id, lower(address)) debtor_id, address, 'unknown', false, 'client', %(at)s::timestamptz, %(at)s::timestamptz
           FROM good CROSS JOIN LATERAL (VALUES (email1), (email2)) e(address)
           WHERE address IS NOT NULL AND {whose} ORDER BY debtor_id, lower(address) {beside}"""
    ),
    """INSERT INTO compliance_addressbasis (debtor_id, address, basis, as_of, source, recorded_at, recorded_by_id, note)
       SELECT DISTINCT ON (debtor_id, lower(email1)) debtor_id, email1, upper(email_basis), COALESCE(email_basis_on, %(placed_on)s), 'client',
              %(at)s::timestamptz, %(by)s::bigint, ''
       FROM good s WHERE email1 IS NOT NULL AND email_basis IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM compliance_addressbasis b WHERE b.debtor_id = s.debtor_id AND lower(b.address) = lower(s.email1)
                         AND b.basis = upper(s.email_basis) AND b.withdrawn_at IS NULL)
       ORDER BY debtor_id, lower(email1)""",
    """INSERT INTO compliance_optout (debtor_id, medium, address, at, source, recorded_at, recorded_by_id, note)
       SELECT DISTINCT ON (debtor_id, lower(address)) debtor_id, 'email', address, %(at)s::timestamptz, 'client', %(at)s::timestamptz, %(by)s::bigint, ''
       FROM good CROSS JOIN LATERAL (VALUES (email1, email1_opted_out), (email2, email2_opted_out)) e(address, is_out)
       WHERE address IS NOT NULL AND is_out ORDER BY debtor_id, lower(address) ON CONFLICT DO NOTHING""",
    # consent to the creditor: none to us for the count of calls, but one to automated calls (47 CFR 64.1200(a)(1)(iii))
    """INSERT INTO compliance_consent (debtor_id, channel, address, given_at, source, recorded_at, recorded_by_id, note)
       SELECT debtor_id, 'call', number, min(given_on)::timestamp AT TIME ZONE 'UTC', 'client', %(at)s::timestamptz, %(by)s::bigint,
              COALESCE(max(said), '')
       FROM good CROSS JOIN LATERAL (VALUES (phone1, phone1_consent_on, phone1_consent_source), (phone2, phone2_consent_on, phone2_consent_source),
           (phone3, phone3_consent_on, phone3_consent_source)) p(number, given_on, said)
       WHERE number IS NOT NULL AND given_on IS NOT NULL GROUP BY debtor_id, number""",
    """INSERT INTO compliance_inconvenienttime (debtor_id, weekdays, start, "end", place, from_on, until_on, source, recorded_at, recorded_by_id, note)
       SELECT DISTINCT debtor_id, COALESCE(inconvenient_days, '{}'), inconvenient_start, inconvenient_end, COALESCE(inconvenient_place, ''),
              %(placed_on)s::date, inconvenient_until, 'client', %(at)s::timestamptz, %(by)s::bigint, ''
       FROM good WHERE slot = 0 AND (inconvenient_days IS NOT NULL OR inconvenient_start IS NOT NULL OR inconvenient_place IS NOT NULL)""",
)
MAKE_ACCOUNTS = """
    INSERT INTO accounts_account (id, client_id, placement_id, team_id, debtor_id, client_reference, debtor_reference, prior_reference, household,
        portfolio, frequency_group, status, debt_type, original_creditor, current_creditor, merchant_brand, placed_on, due_on, opened_on, contract_on,
        service_on, last_statement_on, charge_off_on, charge_off_balance, first_delinquency_on, limitation_on, recall_on, itemization_on,
        itemization_type, itemization_balance, interest_since, fees_since, payments_since, credits_since, placed_amount,
        interest_rate, interest_from, interest_authority, electronic_billing, creditor_payment_on, creditor_payment_amount, is_financial,
        prior_agency, is_reported_by_client, restrictions, commission_plan, legal_fee_rate, settlement_floor, plan_minimum,
        principal, interest, fees, costs, created_at, updated_at)
    SELECT account_id, %(client)s, %(placement)s, %(team)s, debtor_id, client_reference, COALESCE(debtor_reference, ''), COALESCE(prior_reference, ''),
        COALESCE(household, ''), COALESCE(portfolio, ''), COALESCE(frequency_group, ''),
        CASE WHEN has_dispute AND COALESCE(dispute_status, 'open') = 'open' THEN 'disputed' ELSE 'new' END, debt_type,
        COALESCE(original_creditor, %(creditor)s), COALESCE(current_creditor, %(creditor)s), COALESCE(merchant_brand, ''), %(placed_on)s,
        due_on, opened_on, contract_on, service_on, last_statement_on, charge_off_on, charge_off_balance, first_delinquency_on,
        limitation_on, recall_on, itemization_on, COALESCE(itemization_type, ''), itemization_balance, COALESCE(interest_since, 0),
        COALESCE(fees_since, 0), COALESCE(payments_since, 0), COALESCE(credits_since, 0), current_balance, interest_rate, interest_from,
        COALESCE(interest_authority, ''), COALESCE(electronic_billing, false), creditor_payment_on, creditor_payment_amount, is_financial,
        COALESCE(prior_agency, ''), is_reported_by_client, COALESCE(restrictions, ''), COALESCE(commission_plan, ''), legal_fee_rate,
        settlement_floor, plan_minimum, COALESCE(principal, 0), COALESCE(interest, 0),
        COALESCE(fees, 0), COALESCE(costs, 0), %(at)s, %(at)s
    FROM good WHERE slot = 0 ORDER BY row_no
"""
MAKE_ENTRIES = """
    INSERT INTO accounts_ledgerentry (account_id, posting, kind, bucket, amount, effective_on, posted_at, by_id, authority, memo)
    SELECT account_id, posting, 'placement', bucket, amount, %(placed_on)s, %(at)s, %(by)s, '', ''
    FROM (SELECT account_id, uuidv7() AS posting, principal, interest, fees, costs FROM good WHERE slot = 0 OFFSET 0) s
    CROSS JOIN LATERAL (VALUES ('principal', principal), ('interest', interest), ('fees', fees), ('costs', costs)) b(bucket, amount)
    WHERE amount <> 0
"""
MAKE_PARTIES = (
    """INSERT INTO accounts_accountparty (account_id, debtor_id, role)
       SELECT a.account_id, s.debtor_id, s.role FROM good s JOIN good a ON a.row_no = s.row_no AND a.slot = 0
       WHERE s.slot > 0 AND s.role <> 'spouse' AND s.debtor_id <> a.debtor_id ON CONFLICT DO NOTHING""",
    """INSERT INTO debtors_relation (debtor_id, other_id, kind, source, created_at)
       SELECT DISTINCT a.debtor_id, s.debtor_id, CASE s.role WHEN 'joint' THEN 'co_debtor' WHEN 'authorised_user' THEN 'other' ELSE s.role END,
              'client', %(at)s::timestamptz
       FROM good s JOIN good a ON a.row_no = s.row_no AND a.slot = 0
       WHERE s.slot > 0 AND s.debtor_id <> a.debtor_id ON CONFLICT DO NOTHING""",
)
MAKE_HOLDS = (
    """INSERT INTO compliance_hold (debtor_id, account_id, kind, chapter, from_on, source, recorded_by_id, recorded_at, note, lift_reason)
       SELECT debtor_id, account_id, kind, CASE kind WHEN 'bankruptcy' THEN COALESCE(bankruptcy_chapter, '') ELSE '' END, from_on,
           'client', %(by)s, %(at)s, COALESCE(left(hold_note, 300), ''), ''
       FROM good CROSS JOIN LATERAL (VALUES
           ('dispute', CASE WHEN has_dispute AND COALESCE(dispute_status, 'open') = 'open' THEN COALESCE(dispute_date, %(placed_on)s::date) END, NULL::text),
           ('cease', cease_on, NULL),
           ('attorney', CASE WHEN attorney_name IS NOT NULL OR attorney_firm IS NOT NULL THEN COALESCE(attorney_on, %(placed_on)s::date) ELSE attorney_on END,
            concat_ws(', ', attorney_name, attorney_firm, attorney_address, attorney_phone)),
           (CASE bankruptcy_status WHEN 'discharged' THEN 'discharged' ELSE 'bankruptcy' END,
            CASE WHEN bankruptcy_status IN ('dismissed', 'closed') THEN NULL
                 WHEN COALESCE(bankruptcy_status, bankruptcy_chapter, bankruptcy_case) IS NOT NULL THEN COALESCE(bankruptcy_on, %(placed_on)s::date)
                 ELSE bankruptcy_on END,
            concat_ws(', ', 'Chapter ' || bankruptcy_chapter, 'case ' || bankruptcy_case, bankruptcy_status))) h(kind, from_on, hold_note)
       WHERE slot = 0 AND from_on IS NOT NULL""",
    """INSERT INTO compliance_hold (debtor_id, kind, chapter, from_on, source, recorded_by_id, recorded_at, note, lift_reason)
       SELECT DISTINCT debtor_id, 'scra', '', %(placed_on)s::date, 'client', %(by)s::bigint, %(at)s::timestamptz, '', ''
       FROM good s WHERE military
         AND NOT EXISTS (SELECT FROM compliance_hold h WHERE h.debtor_id = s.debtor_id AND h.kind = 'scra' AND h.until_on IS NULL)""",
    """INSERT INTO compliance_hold (debtor_id, kind, chapter, from_on, source, recorded_by_id, recorded_at, note, lift_reason)
       SELECT debtor_id, 'deceased', '', min(deceased_on), 'client', %(by)s::bigint, %(at)s::timestamptz, '', ''
       FROM good s WHERE deceased_on IS NOT NULL
         AND NOT EXISTS (SELECT FROM compliance_hold h WHERE h.debtor_id = s.debtor_id AND h.kind = 'deceased' AND h.until_on IS NULL)
       GROUP BY debtor_id""",
    """INSERT INTO compliance_dispute (account_id, debtor_id, received_on, medium, reason, status, hold_id, source, recorded_by_id, recorded_at,
           note, resolution, resolved_at)
       SELECT s.account_id, s.debtor_id, COALESCE(s.dispute_date, %(placed_on)s::date), 'letter', COALESCE(s.dispute_reason, 'other'),
           COALESCE(s.dispute_status, 'open'), h.id, 'client', %(by)s, %(at)s, '', CASE WHEN h.id IS NULL THEN 'Ended before the placement' ELSE '' END,
           CASE WHEN h.id IS NULL THEN %(at)s::timestamptz END
       FROM good s LEFT JOIN compliance_hold h ON h.account_id = s.account_id AND h.kind = 'dispute' WHERE s.has_dispute AND s.slot = 0""",
)
# What the agreement allows ends with a judgment; the judgment's own rate runs from there, where one is told.
MAKE_INTEREST = """
    WITH bearing AS (
        SELECT account_id, COALESCE(judgment_on, interest_from, %(placed_on)s::date) AS from_on,
            CASE WHEN judgment_on IS NULL THEN interest_rate ELSE judgment_rate END AS rate,
            CASE WHEN judgment_on IS NULL THEN interest_authority
                 ELSE left(concat_ws(' ', 'Judgment of', judgment_on, judgment_court, judgment_case), 200) END AS authority
        FROM good WHERE slot = 0 AND (judgment_on IS NOT NULL OR interest_authority <> '')
    ), terms AS (
        INSERT INTO accounts_interestterm (account_id, from_on, rate, authority)
        SELECT account_id, from_on, rate, authority FROM bearing WHERE rate > 0
    )
    INSERT INTO accounts_accrual (account_id, since, through)
    SELECT account_id, GREATEST(from_on, %(placed_on)s::date), GREATEST(from_on, %(placed_on)s::date) FROM bearing WHERE rate > 0
"""
MAKE_JUDGMENTS = """
    INSERT INTO accounts_judgment (account_id, court, case_number, entered_on, amount, rate)
    SELECT account_id, COALESCE(judgment_court, ''), COALESCE(judgment_case, ''), judgment_on, judgment_amount, judgment_rate
    FROM good WHERE judgment_on IS NOT NULL
"""
GROWN = """
    SELECT DISTINCT s.debtor_id FROM good s JOIN debtors_debtor d ON d.id = s.debtor_id
    WHERE NOT s.is_new AND (NOT d.zones @> s.zones OR (d.state = '' AND s.state IS NOT NULL)) ORDER BY 1
"""
STEPS = (
    *PEOPLE,
    MAKE_DEBTORS,
    FILL_GAPS,
    *MAKE_REACH,
    # The entries before the accounts they open (their foreign keys are checked at commit), so that an account is
    # written once, with the sum of its entries, and not a second time by the ledger's trigger.
    MAKE_ENTRIES,
    MAKE_ACCOUNTS,
    *MAKE_PARTIES,
    *MAKE_HOLDS,
    MAKE_INTEREST,
    MAKE_JUDGMENTS,
)
REFRESHED_AT_ONCE = 1000


def make_all(*, client: Client, placement: Placement, placed_on: date, by: User | None, at: datetime) -> None:
    """Everything the planned rows without a problem say, in the placement."""
    teams: Sequence[int] = list(client.teams.values_list("pk", flat=True)[:2])
    params = {
        "client": client.pk,
        "placement": placement.pk,
        "team": teams[0] if len(teams) == 1 else None,
        "creditor": client.name,
        "placed_on": placed_on,
        "by": by.pk if by else None,
        "at": at,
    }
    with connection.cursor() as cursor:
        for sql in STEPS:
            cursor.execute(sql, params)
        cursor.execute(GROWN)
        grown = (row[0] for row in cursor.fetchall())
        while some := list(itertools.islice(grown, REFRESHED_AT_ONCE)):
            refresh_zones(debtor_ids=some)

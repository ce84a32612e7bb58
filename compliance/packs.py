"""The policies of this house: loaded as drafts, published by compliance, and read by everything that asks the gate."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from django.db import connection, transaction

from compliance.clocks import Clocks
from compliance.enums import PackStatus
from compliance.lawtables import Duties
from compliance.models import PolicyPack
from compliance.policy import FOLDER, Policy, PolicyError, known_policies, parse_policy, policy_on
from core.clock import business_today
from users.models import User


class PackRefused(Exception):
    """A policy that cannot be loaded or published; the sentence names the field."""

    code = "policy_refused"


def policies() -> tuple[Policy, ...]:
    """Every published policy; those that ship with the program while nothing has been published. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(md5(text) ORDER BY id) FROM compliance_policypack WHERE status = 'published'"
        )
        (texts,) = cursor.fetchone()
    return _published(tuple(texts)) if texts else known_policies()


def policy_in_force(on: date) -> Policy:
    """The house's policy of that day. Raises PolicyError before the first one."""
    return policy_on(on, policies())


def clocks_on(on: date, law: Sequence[Policy] | None = None) -> Clocks:
    """Those of the house's policy; of the shipped one where a pack was published before they were known. Raises PolicyError."""
    found = policy_on(on, policies() if law is None else law).tables.clocks or policy_on(on).tables.clocks
    if found is None:
        raise PolicyError(f"the policy of {on.isoformat()} has no [clocks]")
    return found


def duties_on(on: date) -> Duties:
    """As ``clocks_on``."""
    found = policy_on(on, policies()).tables.duties or policy_on(on).tables.duties
    if found is None:
        raise PolicyError(f"the policy of {on.isoformat()} has no [duties]")
    return found


@lru_cache(maxsize=2)
def _published(texts: tuple[str, ...]) -> tuple[Policy, ...]:
    """Read anew in each process when ``texts``, the digests of what is published, are others than before."""
    packs = PolicyPack.objects.filter(status=PackStatus.PUBLISHED).order_by("effective_from")
    return tuple(read_pack(pack.text) for pack in packs)


def read_pack(text: str) -> Policy:
    """Raises PackRefused with the field that is wrong."""
    try:
        return parse_policy(tomllib.loads(text), "policy")
    except tomllib.TOMLDecodeError as error:
        raise PackRefused(f"text: is not TOML: {error}") from error
    except PolicyError as error:
        raise PackRefused(str(error)) from error


@transaction.atomic
def load_pack(*, text: str, by: User | None, at: datetime) -> PolicyPack:
    """A draft of it; a draft of the same version is written anew."""
    policy = read_pack(text)
    pack = PolicyPack.objects.select_for_update().filter(version=policy.version).first()
    if pack is not None and pack.status != PackStatus.DRAFT:
        raise PackRefused(
            f"version: {policy.version} has been published; give the new text a version of its own."
        )
    pack = pack or PolicyPack(version=policy.version)
    pack.effective_from, pack.text, pack.loaded_by, pack.loaded_at = policy.effective_from, text, by, at
    pack.save()
    return pack


@transaction.atomic
def publish_pack(*, pack: PolicyPack, by: User | None, at: datetime) -> PolicyPack:
    """From its day on the gate decides by it. That day lies ahead: what was decided was decided by the law of its day."""
    locked = PolicyPack.objects.select_for_update().get(pk=pack.pk)
    if locked.status != PackStatus.DRAFT:
        raise PackRefused(f"{locked.version} has been published already.")
    if locked.effective_from <= business_today(at):
        raise PackRefused(f"effective_from: {locked.effective_from} is not a day ahead.")
    return _publish(locked, by, at)


def _publish(pack: PolicyPack, by: User | None, at: datetime) -> PolicyPack:
    rival = PolicyPack.objects.filter(effective_from=pack.effective_from, status=PackStatus.PUBLISHED).first()
    if rival is not None:
        raise PackRefused(f"effective_from: {rival.version} takes effect on {pack.effective_from} already.")
    pack.status, pack.published_by, pack.published_at = PackStatus.PUBLISHED, by, at
    pack.save()
    return pack


@transaction.atomic
def ensure_policies(*, at: datetime) -> list[str]:
    """The packs that ship, loaded; the versions that were missing. Published in a new house, else drafts for compliance to publish."""
    is_new = not PolicyPack.objects.exists()
    known = set(PolicyPack.objects.values_list("version", flat=True))
    made = []
    for path in sorted(FOLDER.glob("*.toml")):
        if path.stem not in known:
            pack = load_pack(text=path.read_text(encoding="utf-8"), by=None, at=at)
            made.append(pack.version)
            if is_new:
                _publish(pack, None, at)
    return made

import pghistory.models
import pytest

from core.audit import audit_actor, audit_reason
from users.models import Team

pytestmark = pytest.mark.django_db


def test_a_change_carries_who_and_why():
    team = Team.objects.create(name="Gamma", slug="gamma")
    with audit_actor(7, "task:rename"), audit_reason("merged with Delta"):
        Team.objects.filter(pk=team.pk).update(name="Delta")
    event = Team.pgh_event_model.objects.filter(pgh_obj=team).latest("pgh_id")
    assert event.name == "Delta"
    assert event.pgh_context.metadata == {"user": 7, "path": "task:rename", "reason": "merged with Delta"}


def test_an_empty_reason_is_refused():
    with pytest.raises(ValueError, match="reason"), audit_reason("  "):
        pass


def test_a_change_without_a_context_is_still_recorded():
    team = Team.objects.create(name="Gamma", slug="gamma")
    assert pghistory.models.Context.objects.count() == 0
    assert Team.pgh_event_model.objects.filter(pgh_obj=team).count() == 1
